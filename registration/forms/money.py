"""What finance enters of a payment."""

from __future__ import annotations

from decimal import Decimal

from django import forms

from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form
from registration.enums import PaymentMethod
from registration.models import Order, Payment
from registration.services import countersigns, money


class PaymentForm(forms.Form):
    """Money that came in for one order."""

    amount = forms.DecimalField(
        label="金额（元）",
        max_digits=10,
        decimal_places=2,
        min_value=Decimal("0.01"),
        error_messages={"min_value": "金额要大于零；登记有误要退回的，请按退费办理。"},
    )
    method = forms.ChoiceField(label="方式", choices=PaymentMethod.choices(), widget=forms.RadioSelect)
    reference = forms.CharField(
        label="凭证号",
        max_length=64,
        help_text="小票号、银行流水号或收款单号；同一凭证号只登记一次。银行转账由另一位财务核对流水后入账。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    use_required_attribute = False
    payment: Payment | None = None

    def carry_out(self, order: Order, *, by: Act) -> bool:
        """Whether it was recorded, or a transfer announced to the second person; if not, the form says why."""
        if not self.is_valid():
            return False
        given = self.cleaned_data
        try:
            if given["method"] == PaymentMethod.TRANSFER:
                countersigns.announce_transfer(order, amount=given["amount"], reference=given["reference"], by=by)
            else:
                self.payment = money.record_payment(order.pk, by=by, **given)
        except Refusal as refusal:
            add_to_form(self, refusal)
            return False
        return True

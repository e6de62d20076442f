"""What an institution types about a roster after its submission."""

from __future__ import annotations

from django import forms

from kupasi.errors import Refusal, Refusals, add_to_form

PLAIN = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})


class InvoiceForm(forms.Form):
    """Whom the invoice is for; judged by `judge_invoice`."""

    title = forms.CharField(label="发票抬头", max_length=120, widget=PLAIN, help_text="与证照上的名称一致。")
    code = forms.CharField(
        label="纳税人识别号（税号）", max_length=40, widget=PLAIN, help_text="18 位统一社会信用代码，末位为校验位。"
    )
    use_required_attribute = False

    def tell(self, refusal: Refusal) -> None:
        """What is wrong, beside the field that it is about."""
        places = dict.fromkeys(("bad_length", "bad_character", "bad_checksum"), "code") | {"bad_title": "title"}
        for fact in refusal.facts if isinstance(refusal, Refusals) else [refusal]:
            one = fact if isinstance(fact, Refusal) else Refusal.from_fact(fact)
            add_to_form(self, one, places.get(one.code or ""))


class ReasonForm(forms.Form):
    """Why something is done; the record keeps it."""

    reason = forms.CharField(label="理由", max_length=100, widget=PLAIN, help_text="会记入办理记录。")
    use_required_attribute = False

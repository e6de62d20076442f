"""Orders and payments over HTTP: one's own to read, the ledger for finance, payments recorded once per reference."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from kupasi.acts import Act
from kupasi.people.roles import may
from registration.enums import PaymentMethod
from registration.models import Order, OrderItem, Payment
from registration.services import countersigns, money

AMOUNT = re.compile(r"[0-9]{1,8}(\.[0-9]{1,2})?")


@extend_schema_field({"type": "string", "pattern": r"^[0-9]{1,8}(\.[0-9]{1,2})?$", "example": "480.00"})
class YuanField(serializers.Field):
    """Yuan as a string with at most two decimals; a JSON number is refused, since it may have lost a cent already."""

    default_error_messages = {"invalid": '金额请写成字符串，最多两位小数，例如 "480.00"。'}

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str) or not AMOUNT.fullmatch(data):
            self.fail("invalid")
        return Decimal(data)

    def to_representation(self, value: Decimal) -> str:
        return f"{value:.2f}"


class ItemShape(serializers.ModelSerializer):
    """A subject's price on an order; on a roster's order with the number of the application that it is for."""

    subject = serializers.CharField(source="subject.code")
    application = serializers.CharField(source="application.number", default=None)

    class Meta:
        model = OrderItem
        fields = ("application", "subject", "amount")


class OrderShape(serializers.ModelSerializer):
    """What is owed and what has arrived; no personal data but the application's number."""

    application = serializers.CharField(source="application.number", default=None)
    roster = serializers.CharField(source="roster.number", default=None)
    items = ItemShape(many=True)
    pay_until = serializers.DateTimeField(source="due_at", read_only=True, allow_null=True)

    class Meta:
        model = Order
        fields = (
            "id", "reference", "application", "roster", "total", "paid", "refunded", "status", "pay_until", "items",
            "created_at",
        )  # fmt: skip


class PaymentShape(serializers.ModelSerializer):
    """A row of the ledger."""

    order = serializers.CharField(source="order.reference")

    class Meta:
        model = Payment
        fields = ("id", "order", "amount", "method", "reference", "receipt_number", "received_at")


class NewPayment(serializers.Serializer):
    """What finance sends: the order by its reference or id, and the money."""

    order = serializers.CharField(max_length=20)
    amount = YuanField()
    method = serializers.ChoiceField(choices=PaymentMethod.choices())
    reference = serializers.CharField(max_length=64)


class WaitingPayment(serializers.Serializer[Any]):
    """A transfer that waits for the second person of finance."""

    state = serializers.CharField()
    proposal = serializers.IntegerField()


class OrderRows(generics.GenericAPIView):
    """The orders that somebody may see; another's is not there."""

    serializer_class = OrderShape

    def get_queryset(self) -> QuerySet[Order]:
        rows = Order.objects.visible_to(self.request.user).select_related("application", "roster")
        return rows.prefetch_related("items__subject", "items__application").order_by("-pk")


class OrderList(generics.ListAPIView, OrderRows):
    """GET orders/"""


class OrderDetail(generics.RetrieveAPIView, OrderRows):
    """GET orders/{id}/"""


class PaymentRows(generics.GenericAPIView):
    """The payments that somebody may see."""

    serializer_class = PaymentShape

    def get_queryset(self) -> QuerySet[Payment]:
        return Payment.objects.visible_to(self.request.user).select_related("order").order_by("-pk")


class PaymentDetail(generics.RetrieveAPIView, PaymentRows):
    """GET payments/{id}/"""


class PaymentList(generics.ListAPIView, PaymentRows):
    """GET payments/, and POST for finance."""

    @extend_schema(request=NewPayment, responses={201: PaymentShape, 202: WaitingPayment})
    def post(self, request: Request) -> Response:
        """Record money that came in; repeating a `reference` answers with the payment already recorded.

        A bank transfer is answered with 202: it counts when another person of finance has seen it.
        """
        if not may(request.user, "order.mark_paid", how="approve"):
            raise PermissionDenied
        asked = NewPayment(data=request.data)
        asked.is_valid(raise_exception=True)
        given = dict(asked.validated_data)
        order = self._order(given.pop("order"))
        if (
            given["method"] == PaymentMethod.TRANSFER
            and not Payment.objects.visible_to(request.user).filter(reference=given["reference"]).exists()
        ):
            asked_for = countersigns.announce_transfer(
                order, amount=given["amount"], reference=given["reference"], by=Act.of(request)
            )
            waits = {"state": "waiting", "proposal": asked_for.pk}
            return Response(waits, status=status.HTTP_202_ACCEPTED)
        payment = money.record_payment(order.pk, by=Act.of(request), **given)
        return Response(PaymentShape(payment).data, status=status.HTTP_201_CREATED)

    def _order(self, named: str) -> Order:
        rows = Order.objects.visible_to(self.request.user)
        found = rows.filter(reference=named).first()
        if found is None and named.isascii() and named.isdigit():
            found = rows.filter(pk=int(named[:18])).first()
        if found is None:
            raise Http404
        return found

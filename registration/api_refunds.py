"""Refunds over HTTP: asked for here, approved in the office; one's own, or all for readers of the ledger."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from kupasi.acts import Act
from kupasi.api import Problem, of_refusal
from kupasi.api_fields import TextField
from kupasi.approvals import kinds, services
from kupasi.approvals.models import Proposal
from kupasi.errors import Refusal
from registration.models import Order

from .api_money import YuanField

KIND = "refund"
HTTP = {"stale": status.HTTP_412_PRECONDITION_FAILED, "already_asked": status.HTTP_409_CONFLICT}
FORBIDDEN = {"four_eyes", "not_allowed"}


class NewRefund(serializers.Serializer):
    """What is asked for. `available`, if sent, is the amount that the client was shown: another one is refused."""

    order = TextField(max_length=20)
    application = TextField(max_length=20, required=False, help_text="团体订单：退谁的费用，申报编号")
    amount = YuanField()
    available = YuanField(required=False)
    reason = TextField(max_length=200)


class Decision(serializers.Serializer):
    """Approve what was shown (`digest`), or refuse with a reason."""

    decision = serializers.ChoiceField(choices=["approve", "refuse"])
    digest = TextField(max_length=64)
    reason = TextField(max_length=200, required=False, allow_blank=True, default="")


class RefundShape(serializers.ModelSerializer):
    """A request for a refund and what became of it; `number` once the money goes out."""

    order = serializers.SerializerMethodField()
    amount = serializers.SerializerMethodField()
    number = serializers.SerializerMethodField()

    class Meta:
        model = Proposal
        fields = (
            "id", "order", "amount", "reason", "status", "number", "digest", "asked_at", "decided_at",
            "decision_reason",
        )  # fmt: skip

    def get_order(self, row: Proposal) -> str:
        return row.about_text

    def get_amount(self, row: Proposal) -> str:
        return str(row.payload["amount"])

    def get_number(self, row: Proposal) -> str | None:
        refund = getattr(row, "refund", None)
        return refund.number if refund else None


class RefundRows(generics.GenericAPIView):
    """The requests that somebody may see; another's is not there."""

    serializer_class = RefundShape

    def get_queryset(self) -> QuerySet[Proposal]:
        rows = Proposal.objects.visible_to(self.request.user).filter(kind=KIND)
        return rows.select_related("refund").order_by("-pk")


class RefundList(generics.ListAPIView, RefundRows):
    """GET refunds/, and POST to ask for one."""

    @extend_schema(request=NewRefund, responses={201: RefundShape})
    def post(self, request: Request) -> Response:
        """Ask for a refund; another person approves it. 412 `stale` where the available amount has changed."""
        if not kinds.get(KIND).may_ask(request.user):
            raise PermissionDenied
        asked = NewRefund(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        order = _order(request, given["order"])
        payload: dict[str, Any] = {name: f"{given[name]:.2f}" for name in ("amount", "available") if name in given}
        if "application" in given:
            payload["person"] = _person(order, given["application"])
        try:
            made = services.ask(Act.of(request), kind=KIND, about=order, payload=payload, reason=given["reason"])
        except Refusal as refusal:
            return told(refusal)
        return Response(RefundShape(made).data, status=status.HTTP_201_CREATED)


class RefundDetail(generics.RetrieveAPIView, RefundRows):
    """GET refunds/{id}/"""


class RefundDecision(RefundRows):
    """POST refunds/{id}/decision/"""

    @extend_schema(request=Decision, responses={200: RefundShape})
    def post(self, request: Request, pk: int) -> Response:
        """Approve or refuse somebody else's request (matrix refund.approve)."""
        row = generics.get_object_or_404(self.get_queryset(), pk=pk)
        asked = Decision(data=request.data)
        asked.is_valid(raise_exception=True)
        given, by = asked.validated_data, Act.of(request)
        try:
            if given["decision"] == "approve":
                services.approve(row.pk, seen=given["digest"], reason=given["reason"], by=by)
            else:
                services.refuse(row.pk, reason=given["reason"], by=by)
        except Refusal as refusal:
            return told(refusal)
        return Response(RefundShape(self.get_queryset().get(pk=pk)).data)


def told(refusal: Refusal) -> Problem:
    """A refusal with the status that this resource promises."""
    code = refusal.code or ""
    if code in FORBIDDEN:
        return Problem(http=403, code=code, title="无权操作", detail=refusal.sentence, clause=refusal.clause)
    if code in HTTP:
        extra: dict[str, Any] = {"clause": refusal.clause, **refusal.extra}
        return Problem(http=HTTP[code], code=code, title="不予受理", detail=refusal.sentence, **extra)
    return of_refusal(refusal)


def _person(order: Order, number: str) -> int:
    """The application on a roster's order with this number."""
    found = order.items.filter(application__number=number).values_list("application", flat=True).first()
    if found is None:
        raise Http404
    return int(found)


def _order(request: Request, named: str) -> Order:
    """By reference or key, among those that the person may see."""
    rows = Order.objects.visible_to(request.user)
    found = rows.filter(reference=named).first()
    if found is None and named.isascii() and named.isdigit():
        found = rows.filter(pk=int(named[:18])).first()
    if found is None:
        raise Http404
    return found

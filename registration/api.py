"""Applications over HTTP: one's own rows, and applying in one call that may be repeated."""

from __future__ import annotations

import base64
import binascii
from typing import Any, NoReturn

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from exams.models import Occupation
from kupasi.acts import Act
from kupasi.api import ProblemShape
from kupasi.api_fields import MonthField, TextField
from kupasi.people.enums import Education
from kupasi.people.models import Candidate
from registration.enums import ApplicationStatus
from registration.models import Application, ApplicationItem
from registration.services import applications
from registration.services.keys import Answer, once
from registration.services.online import WholeApplication, apply_at_once

KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="相同的键和内容得到相同的答复；内容不同则 409。"
)
FILTERS = ("status", "occupation")


class ItemSerializer(serializers.ModelSerializer):
    """A subject and its fee as fixed at submission."""

    subject = serializers.CharField(source="subject.code", read_only=True)
    amount = serializers.DecimalField(max_digits=8, decimal_places=2, allow_null=True, read_only=True)

    class Meta:
        model = ApplicationItem
        fields = ("subject", "amount")


class ApplicationSerializer(serializers.ModelSerializer):
    """An application; the person by key only."""

    occupation = serializers.CharField(source="occupation.code", default=None, read_only=True)
    exam_month = MonthField(source="exam_session.exam_month", default=None, read_only=True)
    items = ItemSerializer(many=True, read_only=True)
    fee_total = serializers.DecimalField(max_digits=8, decimal_places=2, allow_null=True, read_only=True)
    order = serializers.CharField(source="order.reference", default=None, read_only=True)

    class Meta:
        model = Application
        fields = (
            "id",
            "number",
            "candidate",
            "kind",
            "channel",
            "status",
            "occupation",
            "exam_month",
            "items",
            "fee_total",
            "order",
            "created_at",
            "submitted_at",
            "reviewed_at",
            "correct_until",
            "pay_until",
            "original_at",
            "ended_at",
        )
        read_only_fields = fields


@extend_schema_field({"oneOf": [{"type": "integer"}, {"type": "string"}]})
class ConditionField(serializers.Field):
    """A condition by its key or its text."""

    default_error_messages = {"invalid": "请填写申报条件的编号或原文。"}

    def to_internal_value(self, data: Any) -> int | str:
        """The key or the text; nothing else."""
        if isinstance(data, bool) or not isinstance(data, int | str):
            self.fail("invalid")
        return data

    def to_representation(self, value: Any) -> Any:
        """As it was sent."""
        return value


class Base64Field(TextField):
    """A file in base64."""

    def to_internal_value(self, data: Any) -> bytes:  # type: ignore[override]  # bytes, not text
        """The bytes; `invalid` for anything but base64."""
        try:
            return base64.b64decode(super().to_internal_value(data), validate=True)
        except (binascii.Error, ValueError):
            self.fail("invalid")


class WholeSerializer(serializers.Serializer[Any]):
    """An application in one call. Prices, states and anything else that is not listed here are not read."""

    occupation = TextField(max_length=50, help_text="职业代码，例如 data-annotation")
    subjects = serializers.ListField(child=TextField(max_length=20), required=False, max_length=10, allow_empty=False)
    education = serializers.ChoiceField(choices=Education.choices(), required=False)
    employer = TextField(max_length=100, required=False, allow_blank=True)
    needs = TextField(max_length=100, required=False, allow_blank=True)
    conditions = serializers.ListField(child=ConditionField(), max_length=20, help_text="逐条声明的申报条件")
    pledge_version = serializers.IntegerField(min_value=1, max_value=32767, help_text="所同意的承诺书版本")
    photo = Base64Field(required=False, max_length=900_000, help_text="照片（base64）；已上传过的可以不填")
    gives_up = TextField(max_length=300, required=False, allow_blank=True, help_text="确认放弃补考的那句话")

    def whole(self) -> WholeApplication:
        """What the service takes."""
        return WholeApplication(**self.validated_data)


class ApplicationRows(generics.GenericAPIView):
    """The applications that somebody may see, newest first."""

    serializer_class = ApplicationSerializer

    def get_queryset(self) -> QuerySet[Application]:
        rows = Application.objects.visible_to(self.request.user).select_related("occupation", "exam_session", "order")
        return rows.prefetch_related("items__subject").order_by("-pk")


class ApplicationList(ApplicationRows, generics.ListAPIView):
    """`GET applications/`: by `status` and `occupation`; `POST applications/`: apply."""

    filters = FILTERS

    def filter_queryset(self, queryset: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
        asked = self.request.query_params
        if "status" in asked:
            if asked["status"] not in set(ApplicationStatus):
                raise serializers.ValidationError({"status": ["没有这个状态。"]}, code="unknown")
            queryset = queryset.filter(status=asked["status"])
        if "occupation" in asked:
            queryset = queryset.filter(occupation__in=Occupation.objects.filter(code=asked["occupation"]))
        return queryset

    @extend_schema(parameters=[OpenApiParameter(name, str) for name in FILTERS])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        request=WholeSerializer,
        responses={201: ApplicationSerializer, 400: ProblemShape, 403: ProblemShape, 409: ProblemShape},
        parameters=[KEY],
    )
    def post(self, request: Request) -> Response:
        person = Candidate.objects.visible_to(request.user).filter(user=request.user.pk).first()
        if person is None:
            raise PermissionDenied
        asked = WholeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        by, key = Act.of(request), request.headers.get("Idempotency-Key")

        def work() -> Answer:
            made = apply_at_once(person, by=by, whole=asked.whole())
            return Answer(201, dict(ApplicationSerializer(self.get_queryset().get(pk=made.pk)).data))

        answer = work() if key is None else once(key, by=by, request=[request.path, request.data], work=work)
        return Response(answer.body, status=answer.status)


class ApplicationDetail(ApplicationRows, generics.RetrieveAPIView):
    """`GET applications/{id}/`: another's application is not found, whatever is asked of it."""

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> NoReturn:
        self.get_object()
        super().http_method_not_allowed(request, *args, **kwargs)
        raise AssertionError("refused above")


class ApplicationWithdraw(ApplicationRows):
    """`POST applications/{id}/withdraw/`: before payment; saying so twice is once."""

    @extend_schema(request=None, responses={200: ApplicationSerializer, 404: ProblemShape, 409: ProblemShape})
    def post(self, request: Request, pk: int) -> Response:
        own = generics.get_object_or_404(self.get_queryset().filter(candidate__user=request.user.pk), pk=pk)
        applications.withdraw(own.pk, by=Act.of(request))
        return Response(ApplicationSerializer(self.get_queryset().get(pk=pk)).data)

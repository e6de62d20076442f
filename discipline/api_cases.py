"""Cases over HTTP: one's own, those of one's rooms, the office's; recording at a seat, a statement (matrix: case.*)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from exams.models import Seat
from kupasi.acts import Act
from kupasi.api import ProblemShape
from kupasi.people.roles import may_any

from .enums import Signature
from .models import Case
from .services import hearing
from .services.recording import Incident, Reminder, record_case

PROBLEMS = {400: ProblemShape, 403: ProblemShape, 404: ProblemShape, 409: ProblemShape}


class CaseShape(serializers.ModelSerializer):
    """A case: where it stands and the days that count; nobody's name."""

    clause: Any = serializers.SlugRelatedField(slug_field="code", read_only=True)
    candidate: Any = serializers.PrimaryKeyRelatedField(read_only=True)
    entry: Any = serializers.PrimaryKeyRelatedField(read_only=True, allow_null=True)
    holds_results = serializers.BooleanField(source="is_holding", read_only=True)

    class Meta:
        model = Case
        fields = (
            "id", "number", "status", "origin", "clause", "severity", "candidate", "entry", "act_at", "place", "answer",
            "hearing_until", "hearing_is_provisional", "review_until", "holds_results",
        )  # fmt: skip


class ReminderAsked(serializers.Serializer[Any]):
    """When, by whom, how."""

    at = serializers.DateTimeField()
    by = serializers.CharField(max_length=50)
    how = serializers.CharField(max_length=200)


class CaseAsked(serializers.Serializer[Any]):
    """An incident at a seat of one's own rooms; `reminder` where the clause presupposes one (须知 二1–3)."""

    seat = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    clause = serializers.CharField(max_length=20)
    act_at = serializers.DateTimeField()
    place = serializers.CharField(max_length=120)
    facts = serializers.CharField(max_length=4000)
    signature = serializers.ChoiceField(choices=[one.value for one in Signature], default=Signature.SIGNED.value)
    reminder = ReminderAsked(required=False)


class StatementAsked(serializers.Serializer[Any]):
    """What the person states."""

    text = serializers.CharField(max_length=4000)


class CaseRows(generics.GenericAPIView):
    """Everybody sees only what is theirs: another's is 404."""

    permission_classes = (IsAuthenticated,)
    serializer_class = CaseShape

    def get_queryset(self) -> QuerySet[Case]:
        return Case.objects.visible_to(self.request.user).select_related("clause").order_by("-pk")


class CaseList(CaseRows, generics.ListAPIView):
    """`GET cases/`; `POST`: record an incident at a seat, also later from a list kept offline."""

    @extend_schema(request=CaseAsked, responses={201: CaseShape, **PROBLEMS})
    def post(self, request: Request) -> Response:
        """Repeating the same moment and clause returns the record that is there."""
        if not may_any(request.user, "case.open"):
            raise PermissionDenied
        asked = CaseAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        words = dict(asked.validated_data)
        seat = get_object_or_404(Seat.objects.visible_to(request.user), pk=words.pop("seat"))
        reminder = Reminder(**words.pop("reminder", {}))
        case = record_case(Act.of(request), Incident(**words, reminder=reminder), seat_id=seat.pk)
        return Response(CaseShape(case).data, status=status.HTTP_201_CREATED)


class CaseDetail(CaseRows, generics.RetrieveAPIView):
    """`GET cases/{id}/`."""


class CaseStatement(APIView):
    """`POST cases/{id}/statement/`: one's own statement, before the decision."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=StatementAsked, responses={200: CaseShape, **PROBLEMS})
    def post(self, request: Request, pk: int) -> Response:
        """Refuses with `wrong_status` outside the time to be heard."""
        own = Case.objects.visible_to(request.user).filter(candidate__user=request.user.pk)
        case = get_object_or_404(own, pk=pk)
        asked = StatementAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(CaseShape(hearing.state(case.pk, by=Act.of(request), text=asked.validated_data["text"])).data)

"""Check-ins, marks and results over HTTP: an invigilator's rooms, a marker's papers, a candidate's own results."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kupasi.acts import Act
from kupasi.api import Problem, ProblemShape
from kupasi.errors import Refusal
from kupasi.people.models import User
from kupasi.people.roles import may_any

from .api_door import KEY, AnswerShape, CheckinAsked, scanned
from .enums import EntryStatus, SittingStatus
from .models import Entry, MarkEntry, Seat, Sitting
from .services.attendance import state_attendance
from .services.corrections import Recount, correct_attendance
from .services.mark_grid import GridRow, grids, of_open_sessions, sittings_to_mark, with_papers
from .services.marks import as_text, correct_entry, enter_mark
from .services.results import results_of, results_of_many

PROBLEMS = {400: ProblemShape, 403: ProblemShape, 404: ProblemShape, 409: ProblemShape}
MOST_SITTINGS = 50


class Does(IsAuthenticated):
    """Only for those whose role has the view's `action` of the permission matrix."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return super().has_permission(request, view) and may_any(request.user, view.action_name)


class Text(serializers.CharField):
    """Text exactly as it was sent: nothing is trimmed, and a number is not text."""

    def __init__(self, **more: Any) -> None:
        super().__init__(trim_whitespace=False, **more)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError('请以文字给出，如 "82.5" 或 "absent"。', code="mark_format")
        return super().to_internal_value(data)


class CheckinShape(serializers.ModelSerializer):
    """A seat in one's own room: masked, with what was stated."""

    name = serializers.CharField(source="entry.candidate", read_only=True)

    class Meta:
        model = Seat
        fields = ("id", "sitting", "number", "name", "attendance", "attended_at")


class Checkins(generics.ListAPIView):
    """`GET checkins/`: the seats of one's own rooms; `POST`: state or correct one."""

    permission_classes = (Does,)
    action_name = "room.record"
    serializer_class = CheckinShape

    def get_queryset(self) -> QuerySet[Seat]:
        user = self.request.user
        rows = Seat.objects.visible_to(user).filter(sitting__invigilators=user.pk)
        rows = rows.exclude(entry__status=EntryStatus.CANCELLED).select_related("entry__candidate", "sitting")
        return rows.order_by("sitting__starts_at", "sitting", "number")

    @extend_schema(
        parameters=[KEY],
        request=CheckinAsked,
        responses={
            200: PolymorphicProxySerializer(
                component_name="CheckinAnswer", serializers=[AnswerShape, CheckinShape], resource_type_field_name=None
            ),
            **PROBLEMS,
        },
    )
    def post(self, request: Request) -> Response:
        """Check a ticket in; or state a seat, and correct it with a reason after closing. Repeating changes nothing."""
        asked = CheckinAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        words, by = asked.validated_data, Act.of(request)
        if "token" in words:
            return Response(AnswerShape(scanned(request, words)).data)
        seat = get_object_or_404(self.get_queryset(), pk=words["seat"])
        closed = seat.sitting is not None and seat.sitting.status == SittingStatus.CLOSED
        if closed and seat.attendance != words["attendance"]:
            recount = Recount(words.get("papers"), words.get("difference", ""))
            reason = words.get("reason", "")
            correct_attendance(seat.pk, attendance=words["attendance"], reason=reason, recount=recount, by=by)
        else:
            state_attendance(seat.pk, attendance=words["attendance"], by=by)
        return Response(CheckinShape(self.get_queryset().get(pk=seat.pk)).data)


class OwnShape(serializers.Serializer[Any]):
    """One's own entry."""

    value = serializers.CharField()
    version = serializers.IntegerField()


class PaperShape(serializers.Serializer[Any]):
    """A paper as its marker may see it: no name, no entry of anybody else."""

    seat = serializers.IntegerField(source="seat.pk")
    sitting = serializers.IntegerField(source="seat.sitting_id")
    subject = serializers.CharField(source="seat.subject.code")
    ticket = serializers.CharField()
    absent = serializers.BooleanField(source="is_absent")
    task = serializers.CharField()
    own = serializers.SerializerMethodField()

    @extend_schema_field(OwnShape(allow_null=True))
    def get_own(self, row: GridRow) -> dict[str, Any] | None:
        """The entry as typed, with the version that an edit names."""
        return _own(row.own) if row.own else None


class MarkAsked(serializers.Serializer[Any]):
    """A mark as text, or `absent`; `version` where one's own entry is edited."""

    seat = serializers.IntegerField(min_value=1)
    value = Text(max_length=20)
    version = serializers.IntegerField(required=False, min_value=1)


class Marks(APIView):
    """`GET marks/?sitting=`: the papers assigned to oneself; `POST`: enter a mark or edit one's own entry."""

    permission_classes = (Does,)
    action_name = "score.enter"

    @extend_schema(responses={200: PaperShape(many=True), **PROBLEMS})
    def get(self, request: Request) -> Response:
        """Closed sittings only, by ticket number; without `sitting` the newest 50 whose results are to come."""
        sittings = _assigned(request)
        asked = request.query_params.get("sitting", "")
        if asked:
            sittings = sittings.filter(pk=int(asked) if asked.isdecimal() and len(asked) < 12 else 0)
        else:
            sittings = with_papers(of_open_sessions(sittings))[:MOST_SITTINGS]
        found = grids(sittings, marker=_person(request))
        rows = [row for papers in found.values() for row in papers]
        return Response({"count": len(rows), "results": PaperShape(rows, many=True).data})

    @extend_schema(request=MarkAsked, responses={200: OwnShape, **PROBLEMS})
    def post(self, request: Request) -> Response:
        """The stored entry; 409 with both values when it was edited from an older version."""
        asked = MarkAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        words, by = asked.validated_data, Act.of(request)
        rows = Seat.objects.visible_to(request.user).filter(sitting__in=_assigned(request))
        seat = get_object_or_404(rows, pk=words["seat"])
        try:
            if "version" in words:
                made = correct_entry(seat.pk, value=words["value"], version=words["version"], by=by)
            else:
                made = enter_mark(seat.pk, value=words["value"], by=by)
        except Refusal as refusal:
            if refusal.code != "stale":
                raise
            return Problem(http=409, code="stale", title="不予受理", detail=refusal.sentence, **refusal.extra)
        return Response(_own(made))


class SubjectShape(serializers.Serializer[Any]):
    """One subject's result; no value where it is absent, held or cancelled."""

    subject = serializers.CharField(source="subject.code")
    exam_on = serializers.DateField()
    value = serializers.DecimalField(max_digits=4, decimal_places=1, allow_null=True)
    outcome = serializers.CharField()
    published_on = serializers.DateField()


class ResultShape(serializers.ModelSerializer):
    """The published results of an entry."""

    occupation = serializers.CharField(source="exam_session.occupation.code", read_only=True)
    exam_month = serializers.DateField(source="exam_session.exam_month", format="%Y-%m", read_only=True)
    subjects = serializers.SerializerMethodField()

    class Meta:
        model = Entry
        fields = ("id", "occupation", "exam_month", "subjects")

    @extend_schema_field(SubjectShape(many=True))
    def get_subjects(self, entry: Entry) -> Any:
        """In the order of the programme; a list has read them for all its entries."""
        read = self.context.get("subjects")
        return SubjectShape(results_of(entry) if read is None else read.get(entry.pk, []), many=True).data


class PublishedRows:
    """Entries whose results are out, as this person may see them; before that there are none (TC-020)."""

    serializer_class: Any = ResultShape

    def get_queryset(self) -> Any:
        user = self.request.user  # type: ignore[attr-defined]  # a mixin of views
        rows = Entry.objects.visible_to(user).filter(status=EntryStatus.PUBLISHED)
        if user.is_staff and not may_any(user, "score.read"):
            return rows.none()
        return rows.select_related("exam_session__occupation").order_by("-pk")


class ResultList(PublishedRows, generics.ListAPIView):
    """`GET results/`: newest first."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page; the subjects of all its entries are read at once."""
        page = self.paginate_queryset(self.get_queryset()) or []
        context = {**self.get_serializer_context(), "subjects": results_of_many(page)}
        return self.get_paginated_response(ResultShape(page, many=True, context=context).data)


class ResultDetail(PublishedRows, generics.RetrieveAPIView):
    """`GET results/{id}/`: not published, another's and not existing are the same 404."""


def _assigned(request: Request) -> QuerySet[Sitting]:
    return sittings_to_mark(_person(request)).filter(status=SittingStatus.CLOSED)


def _person(request: Request) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def _own(entry: MarkEntry) -> dict[str, Any]:
    return {"value": as_text(entry), "version": entry.version}

"""Scans over HTTP: a ticket's code or number in, the door's answer out (contract: `checkins/`)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from kupasi.acts import Act
from kupasi.api_fields import FlagField, TextField
from kupasi.errors import Refusal
from kupasi.people.roles import may_any

from .enums import ADMITTED, Attendance, DoorResult
from .forms_door import new_nonce
from .models import CheckIn, Sitting
from .rules.tickets import entry_closes_at
from .services.closing import MOST_PAPERS
from .services.door import Look, Scan, hours, look
from .services.door import scanned as check
from .services.rooms import Expected, expected, own_doors

KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="没有 nonce 时用作流水号；相同的键得到相同的答复。"
)


class CheckinAsked(serializers.Serializer[Any]):
    """A scan: `token` (the code, or the 12 digits) and a `nonce` of one's own; or what happened on a `seat`.

    `sitting` may be left out when one invigilates a single sitting at this hour. `look` only asks: nobody is checked
    in. For a seat, `reason` is needed once the sitting is closed; where absent turns into present or back, also the
    `papers` counted again and, where they differ from those present, the `difference` in words.
    """

    token = TextField(required=False, max_length=200)
    nonce = TextField(required=False, max_length=64)
    sitting = serializers.IntegerField(required=False, min_value=1)
    device = TextField(required=False, max_length=40)
    look = FlagField(required=False)
    seat = serializers.IntegerField(required=False, min_value=1)
    attendance = serializers.ChoiceField(required=False, choices=Attendance.choices())
    reason = serializers.CharField(required=False, max_length=200)
    papers = serializers.IntegerField(required=False, min_value=0, max_value=MOST_PAPERS)
    difference = serializers.CharField(required=False, max_length=200)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of the two."""
        if "token" not in attrs and not {"seat", "attendance"} <= set(attrs):
            raise serializers.ValidationError("请给出 token，或 seat 和 attendance。", code="required")
        return attrs


class ExpectedShape(serializers.Serializer[Any]):
    """Whom to expect: only where the person sits in this very sitting."""

    seat = serializers.IntegerField()
    number = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()
    document_tail = serializers.CharField()
    photo = serializers.CharField(allow_null=True)
    attendance = serializers.CharField()


class AnswerShape(serializers.Serializer[Any]):
    """What the door says; `id` is null where it was only asked."""

    id = serializers.IntegerField(allow_null=True)
    nonce = serializers.CharField(allow_null=True)
    result = serializers.ChoiceField(choices=DoorResult.choices())
    admitted = serializers.BooleanField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name, as clients read it
    detail = serializers.CharField()
    clause = serializers.CharField()
    sitting = serializers.IntegerField()
    at = serializers.DateTimeField()
    person = ExpectedShape(allow_null=True)


def scanned(request: Request, words: dict[str, Any]) -> dict[str, Any]:
    """Let in, or say why not; repeating a nonce repeats the answer. Refuses as `check_in` does."""
    if not may_any(request.user, "checkin.scan"):
        raise PermissionDenied
    by = Act.of(request)
    sitting = _sitting(own_doors(by.person), words.get("sitting"), by=by)
    if words.get("look"):
        return _answer(look(sitting, words["token"], moment=by.at), sitting, None, by=by)
    nonce = words.get("nonce") or request.headers.get("Idempotency-Key") or new_nonce()
    done = check(sitting.pk, Scan(nonce, words["token"], words.get("device", "")), by=by)
    return _answer(done.seen, sitting, done.row, by=by)


def _sitting(rows: QuerySet[Sitting], asked: int | None, *, by: Act) -> Sitting:
    """The one that is named, or the only one today that has not stopped letting in."""
    if asked is not None:
        return get_object_or_404(rows, pk=asked)
    after = hours().no_entry_after
    today = list(rows.filter(on=by.on).order_by("starts_at"))
    still = [one for one in today if by.at < entry_closes_at(one.starts_at, minutes=after)] or today[-1:]
    first = [one for one in still if one.starts_at == still[0].starts_at]
    if len(first) != 1:
        raise Refusal("sitting_missing", "请用 sitting 指明是哪一场。")
    return first[0]


def _answer(seen: Look, sitting: Sitting, row: CheckIn | None, *, by: Act) -> dict[str, Any]:
    result = DoorResult(row.result) if row is not None else seen.answer.result
    seat = expected(by.person, seen.seat) if seen.seat is not None else None
    return {
        "id": row.pk if row is not None else None,
        "nonce": row.nonce if row is not None else None,
        "result": result,
        "admitted": result in ADMITTED,
        "label": result.label,
        "detail": row.said if row is not None else seen.answer.sentence,
        "clause": seen.answer.clause if result == seen.answer.result else "",
        "sitting": sitting.pk,
        "at": row.at if row is not None else by.at,
        "person": _person(seat) if seat is not None else None,
    }


def _person(seat: Expected) -> dict[str, Any]:
    return {
        "seat": seat.pk,
        "number": seat.number,
        "name": seat.name,
        "document_tail": "、".join(seat.tails),
        "photo": reverse("room-photo", args=[seat.pk]) if seat.photo_id else None,
        "attendance": seat.attendance,
    }

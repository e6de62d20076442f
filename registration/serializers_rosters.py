"""Rosters as the API shows them: how far a file is, what is wrong with it by row and column."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from kupasi.api_fields import MonthField, TextField
from registration.models import Roster, RosterUpload
from registration.rules.roster_types import Finding
from registration.sheets.enums import Level

MOST_ERRORS = 5000


class ErrorShape(serializers.Serializer[Any]):
    """One thing about one cell: the sheet's row, the column by its header, code, sentence, and what to do."""

    row = serializers.IntegerField(allow_null=True)
    column = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()
    fix = serializers.CharField()
    clause = serializers.CharField()
    level = serializers.CharField()


class ProgressShape(serializers.Serializer[Any]):
    """How far the worker is: rows read, judged and stored of all rows."""

    read = serializers.IntegerField()
    judged = serializers.IntegerField()
    stored = serializers.IntegerField()


class MakingShape(serializers.Serializer[Any]):
    """How far a large marked workbook is: queued, making or failed; rows written of all rows."""

    state = serializers.CharField()
    rows = serializers.IntegerField()
    done = serializers.IntegerField()


class ChangesShape(serializers.Serializer[Any]):
    """The file beside the list as it stands."""

    new = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    removed = serializers.IntegerField()


class RosterShape(serializers.Serializer[Any]):
    """A roster with its latest file.

    `state` is the file's: queued, reading, judging, judged, taken, failed, cancelled, discarded; empty without a file.
    `errors` lists every error, the file's own first (row null), at most 5000; `errors_left` says how many more there
    are in the marked workbook.
    """

    id = serializers.IntegerField()
    number = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the list's own name
    status = serializers.CharField()
    exam_month = serializers.CharField()
    people = serializers.IntegerField()
    state = serializers.CharField()
    rows = serializers.IntegerField()
    valid = serializers.IntegerField()
    invalid = serializers.IntegerField()
    progress = ProgressShape()
    changes = ChangesShape()
    errors = ErrorShape(many=True)  # type: ignore[assignment]  # the contract's name
    errors_left = serializers.IntegerField()
    warnings = ErrorShape(many=True)


class RosterListSerializer(serializers.ModelSerializer[Roster]):
    """A roster in the list."""

    exam_month = MonthField(source="window.exam_month", read_only=True)
    people = serializers.IntegerField(read_only=True)

    class Meta:
        model = Roster
        fields = ("id", "number", "label", "status", "exam_month", "people", "created_at", "signed_at", "submitted_at")
        read_only_fields = fields


class UploadSerializer(serializers.Serializer[Any]):
    """A file for a roster: for an existing one (`roster`), or for a new one in the window that opens on `window`."""

    file = serializers.FileField(allow_empty_file=True, help_text="xlsx、xls 或 csv")
    roster = serializers.IntegerField(required=False, min_value=1, max_value=2**62, help_text="已有名单的 id")
    window = serializers.DateField(required=False, help_text="申报时间段的开始日；不填为正在开放或下一个")
    label = TextField(max_length=60, required=False, allow_blank=True)  # type: ignore[assignment]  # the same
    preset = serializers.IntegerField(required=False, min_value=1, max_value=2**62, help_text="表头方案的 id")


class TakeSerializer(serializers.Serializer[Any]):
    """Which rows to take: `all` is refused while one is bad, `valid` leaves the bad ones out."""

    rows = serializers.ChoiceField(choices=["all", "valid"])


def shape(roster: Roster, upload: RosterUpload | None) -> dict[str, Any]:
    """What `RosterShape` describes."""
    counts = {name: getattr(upload, name) if upload else 0 for name in ("valid", "invalid")}
    people = roster.rows.current().count()
    told = {
        "id": roster.pk, "number": roster.number or "", "label": roster.label, "status": roster.status,
        "exam_month": f"{roster.window.exam_month:%Y-%m}", "people": people, "state": upload.state if upload else "",
        "rows": (upload.rows or 0) if upload else 0,
    }  # fmt: skip
    progress = {name: getattr(upload, name) if upload else 0 for name in ("read", "judged", "stored")}
    names = ("new", "changed", "unchanged", "removed")
    changes = {name: getattr(upload, name) if upload else 0 for name in names}
    errors, left, warnings = _errors(upload) if upload else ([], 0, [])
    return told | counts | {
        "progress": progress, "changes": changes, "errors": errors, "errors_left": left, "warnings": warnings,
    }  # fmt: skip


def _errors(upload: RosterUpload) -> tuple[list[dict[str, Any]], int, list[dict[str, Any]]]:
    """The file's errors, how many are left out, and the file's warnings."""
    own = [_of_file(one) for one in upload.findings]
    errors = [one for one in own if one["level"] == Level.ERROR]
    left = 0
    bad = upload.lines.filter(is_valid=False).order_by("line").values_list("line", "findings")
    for line, findings in bad.iterator(chunk_size=2000):
        for one in map(Finding.from_dict, findings):
            if one.level is Level.ERROR and len(errors) < MOST_ERRORS:
                errors.append(_of_row(line, one))
            else:
                left += one.level is Level.ERROR
    return errors, left, [one for one in own if one["level"] != Level.ERROR]


def _of_file(one: dict[str, Any]) -> dict[str, Any]:
    empty = {"row": None, "column": "", "code": "", "message": "", "fix": "", "clause": "", "level": Level.ERROR.value}
    return {name: one.get(name, value) for name, value in empty.items()}


def _of_row(line: int, one: Finding) -> dict[str, Any]:
    return {
        "row": line, "column": one.column.label, "code": one.code, "message": one.message, "fix": one.fix,
        "clause": one.clause, "level": one.level.value,
    }  # fmt: skip

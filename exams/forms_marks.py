"""What a marker types and what a publisher decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django import forms

from exams.services.mark_grid import GridRow
from exams.services.marks import ABSENT, correct_entry, enter_mark
from kupasi.acts import Act
from kupasi.errors import Refusal

ABSENT_WORDS = frozenset({"缺考", "缺", "q", "Q", ABSENT})


@dataclass(frozen=True, slots=True)
class RowError:
    """A paper that was not saved: what was typed, why, and the value that is stored where that differs."""

    typed: str
    sentence: str
    current: str = ""


def save_grid(rows: Iterable[GridRow], data: Mapping[str, str], *, by: Act) -> tuple[int, dict[int, RowError]]:
    """Save every paper that was typed or changed, each on its own; returns how many, and the errors by seat."""
    saved, errors = 0, {}
    for row in rows:
        typed = data.get(f"seat-{row.seat.pk}", "")
        if not row.is_open or typed in ("", row.text):
            continue
        try:
            _save(row, typed, data.get(f"version-{row.seat.pk}", ""), by=by)
            saved += 1
        except Refusal as refusal:
            errors[row.seat.pk] = RowError(typed, refusal.sentence, str(refusal.extra.get("current", "")))
    return saved, errors


def _save(row: GridRow, typed: str, version: str, *, by: Act) -> None:
    value = ABSENT if typed in ABSENT_WORDS else typed
    if row.own is None:
        enter_mark(row.seat.pk, value=value, by=by)
    else:
        correct_entry(row.seat.pk, value=value, version=int(version) if version.isdecimal() else 0, by=by)


class PublishForm(forms.Form):
    """The hash of what was looked at."""

    expected_hash = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput)


class ReasonForm(forms.Form):
    """Why something is taken back, held or released."""

    reason = forms.CharField(label="理由", max_length=200)

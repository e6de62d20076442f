"""Reading and changing the office's settings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from typing import Any

from django.db import transaction
from django.db.models import CharField, Q

from exams.defaults import BY_KEY, SettingSpec
from exams.models import Setting
from exams.rules.calendar import OFFICE_HOURS
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.prepared import Prepared, slot

STORED = Prepared(lambda: Setting.objects.filter(pk=slot("key", CharField())).values_list("value"))
TWO = Prepared(
    lambda: (
        Setting.objects.filter(Q(pk=slot("one", CharField())) | Q(pk=slot("other", CharField())))
        .order_by()
        .values_list("key", "value")
    )
)
SPAN = re.compile(r"(\d{1,2})[:：]([0-5]\d)\s*[-–—~至]\s*(\d{1,2})[:：]([0-5]\d)")


def all_values() -> dict[str, int | str | bool]:
    """Every setting with its present value, one query."""
    stored = dict(Setting.objects.values_list("key", "value"))
    return {key: stored.get(key, spec.default) for key, spec in BY_KEY.items()}


def number(key: str) -> int:
    """A whole-number setting."""
    return number_in(STORED(key=key), key)


def number_in(rows: list[tuple[Any, ...]], key: str) -> int:
    """A whole-number setting out of what `STORED` answered."""
    return int(rows[0][0] if rows else BY_KEY[key].default)


def numbers(one: str, other: str) -> tuple[int, int]:
    """Two whole-number settings with one question."""
    stored = dict(TWO(one=one, other=other))
    return int(stored.get(one, BY_KEY[one].default)), int(stored.get(other, BY_KEY[other].default))


def words(key: str) -> str:
    """A text setting."""
    return str(value_of(key))


def value_of(key: str) -> int | str | bool:
    """The present value of a setting, of whatever kind."""
    spec = BY_KEY[key]
    stored = STORED(key=key)
    return stored[0][0] if stored else spec.default


@dataclass(frozen=True, slots=True)
class SettingLine:
    """One setting as the office sees it: the catalogue's words, the present value, and who changed it."""

    spec: SettingSpec
    value: int | str | bool
    row: Setting | None


def catalogue() -> dict[str, list[SettingLine]]:
    """The whole catalogue by group, in its own order."""
    rows = {row.pk: row for row in Setting.objects.select_related("changed_by")}
    groups: dict[str, list[SettingLine]] = {}
    for key, spec in BY_KEY.items():
        row = rows.get(key)
        line = SettingLine(spec, spec.default if row is None else row.value, row)
        groups.setdefault(spec.group, []).append(line)
    return groups


@transaction.atomic
def change(key: str, value: int | str | bool, *, by: Act, reason: str) -> None:
    """Change a setting; the old value stays in the audit record. Refuses with `unknown_setting`, `wrong_kind`."""
    spec = BY_KEY.get(key)
    if spec is None:
        raise Refusal("unknown_setting", "没有这项设置。")
    if type(value) is not type(spec.default) or (isinstance(value, int) and value < 0):
        raise Refusal("wrong_kind", "请填写符合要求的值。")
    before = value_of(key)
    row, _ = Setting.objects.update_or_create(
        pk=key, defaults={"value": value, "changed_at": by.at, "changed_by": by.actor}
    )
    record(by, "setting.changed", row, before={"value": before}, after={"value": value}, reason=reason)


@dataclass(frozen=True, slots=True)
class OfficeFacts:
    """Where and when the office can be reached (通知 六)."""

    name: str
    address: str
    hours: str
    phone: str
    supervision_phone: str
    authority_phone: str

    @property
    def spans(self) -> tuple[tuple[time, time], ...]:
        """`hours` as times for the rules; the notice's own where the setting names none (通知 六(二))."""
        found = [[int(part) for part in span] for span in SPAN.findall(self.hours)]
        spans = ((time(h1, m1), time(h2, m2)) for h1, m1, h2, m2 in found if max(h1, h2) < 24)
        return tuple(span for span in spans if span[0] < span[1]) or OFFICE_HOURS

    @property
    def hours_words(self) -> str:
        """`hours` as people read them: 工作日 9:30–11:00，13:30–16:30."""
        return "工作日 " + "，".join(f"{a.hour}:{a:%M}–{b.hour}:{b:%M}" for a, b in self.spans)


def office_facts() -> OfficeFacts:
    """The facts for page foots, letters and tickets."""
    values = {key: str(value) for key, value in all_values().items()}
    return OfficeFacts(
        name=values["issuer_name"],
        address=values["office_address"],
        hours=values["office_hours"],
        phone=values["office_phone"],
        supervision_phone=values["supervision_phone"],
        authority_phone=values["authority_phone"],
    )

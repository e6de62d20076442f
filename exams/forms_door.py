"""What is typed or scanned at a door, on its sheet and at its closing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms

from exams.enums import Attendance
from exams.models import RoomRecord, Sitting
from exams.services.closing import MOST_PAPERS, Count
from exams.services.door import Scan
from kupasi import clock
from kupasi.clock import SHANGHAI

ACTS = [("look", "查看"), ("enter", "入场"), ("refuse", "拒绝入场")]
WORDS = {
    "1": Attendance.PRESENT, "到": Attendance.PRESENT, "到考": Attendance.PRESENT,
    "2": Attendance.LATE, "迟": Attendance.LATE, "迟到": Attendance.LATE,
    "3": Attendance.ABSENT, "缺": Attendance.ABSENT, "缺考": Attendance.ABSENT,
}  # fmt: skip


def new_nonce() -> str:
    """A word of one's own for one act."""
    return uuid.uuid4().hex


class ScanForm(forms.Form):
    """A ticket before the door, and what is to happen."""

    text = forms.CharField(max_length=200, strip=True, error_messages={"required": "请扫描或输入准考证号。"})
    nonce = forms.RegexField(regex=r"^[A-Za-z0-9-]{8,64}$", required=False)
    act = forms.ChoiceField(choices=ACTS, required=False)
    device = forms.CharField(max_length=40, required=False)

    def scan(self) -> Scan:
        """As the service takes it."""
        given = self.cleaned_data
        return Scan(given["nonce"] or new_nonce(), given["text"], given["device"])


class OverrideForm(forms.Form):
    """Why a refused person should be let in."""

    checkin = forms.IntegerField(min_value=1)
    reason = forms.CharField(label="放行理由", max_length=200, error_messages={"required": "请写明理由。"})


class CountForm(forms.Form):
    """When it really began and ended, and what was collected."""

    use_required_attribute = False
    started = forms.TimeField(label="实际开始", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    ended = forms.TimeField(label="实际结束", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    papers = forms.IntegerField(
        label="收回份数（试卷、工件）",
        min_value=0,
        max_value=MOST_PAPERS,
        error_messages={"required": "请填写收回的份数。"},
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    reason = forms.CharField(label="与实到不一致的理由", max_length=200, required=False)

    @classmethod
    def of(cls, sitting: Sitting, row: RoomRecord | None, data: Any = None) -> CountForm:
        """Filled in with the plan's times, or with what was counted before."""
        local = [one.astimezone(SHANGHAI) for one in (sitting.starts_at, min(sitting.ends_at, clock.now()))]
        if row is not None:
            local = [one.astimezone(SHANGHAI) for one in (row.started_at, row.ended_at)]
        start: dict[str, Any] = {"started": local[0].time(), "ended": local[1].time()}
        if row is not None:
            start |= {"papers": row.papers, "reason": row.reason}
        return cls(data, initial=start)

    def count(self, sitting: Sitting) -> Count:
        """As the service takes it; the times are of the exam day."""
        given = self.cleaned_data
        started, ended = (datetime.combine(sitting.on, given[one], tzinfo=SHANGHAI) for one in ("started", "ended"))
        return Count(started, ended, given["papers"], given["reason"])


def typed_states(data: Mapping[str, str]) -> tuple[dict[int, str], set[int]]:
    """The states typed by seat, and the seats whose word is not known."""
    states: dict[int, str] = {}
    unknown: set[int] = set()
    for name, value in data.items():
        stem, _, key = name.partition("-")
        word = value.strip()
        if stem != "seat" or not key.isdecimal() or len(key) > 12 or not word:
            continue
        if word in WORDS:
            states[int(key)] = WORDS[word]
        else:
            unknown.add(int(key))
    return states, unknown

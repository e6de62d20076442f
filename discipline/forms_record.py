"""The record of an incident: clause in plain words → reminder where presupposed → facts → signature (rules S8)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms

from discipline.enums import Origin, Signature
from discipline.rules.procedure import EARLIEST, LATEST
from discipline.services.evidence import MOST_BYTES
from discipline.services.recording import Incident, Reminder
from kupasi.clock import SHANGHAI

from .forms_act import clauses, say_what_is_missing

MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]


MOST_PHOTOS = 5


def of_our_time(moment: datetime) -> None:
    """A year that a database can hold in any zone, and that an exam can have had."""
    if not EARLIEST <= moment.date() <= LATEST:
        raise forms.ValidationError("年份不对，请核对。", code="bad_time")


class FileInput(forms.FileInput):
    """Several files at once; drawn as any file input."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Up to MOST_PHOTOS files, each judged by itself; an empty list where there is none."""

    widget = FileInput(attrs={"multiple": True})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Each file as one alone would be; too large or too many are refused before anything is read."""
        given = data if isinstance(data, (list, tuple)) else [data] if data else []
        found = [super(FilesField, self).clean(one, initial) for one in given]
        if len(found) > MOST_PHOTOS:
            raise forms.ValidationError(f"一次最多 {MOST_PHOTOS} 份，其余的记录后再补充。", code="too_many")
        if any(one.size > MOST_BYTES for one in found):
            raise forms.ValidationError("有文件超过 10 MB，请压缩后再上传。", code="too_big")
        return found


class RecordForm(forms.Form):
    """What happened at a seat."""

    use_required_attribute = False
    clause = forms.ChoiceField(
        label="发生了什么", widget=forms.RadioSelect, error_messages={"required": "请选择一项。"}
    )
    act_at = forms.DateTimeField(label="时间", widget=MOMENT, input_formats=FORMATS, validators=[of_our_time])
    place = forms.CharField(label="地点", max_length=120)
    facts = forms.CharField(
        label="事实",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="看到什么、怎样处理、物品去向。",
    )
    reminder_at = forms.DateTimeField(
        label="提醒时间",
        required=False,
        widget=MOMENT,
        input_formats=FORMATS,
        validators=[of_our_time],
        help_text="须知 二1–3 必填：提醒后仍不改正的，才能适用。",
    )
    reminder_by = forms.CharField(label="由谁提醒", required=False, max_length=50)
    reminder_how = forms.CharField(
        label="怎样提醒", required=False, max_length=200, help_text="例如：当面口头提醒；准考证上的考前提醒。"
    )
    signature = forms.ChoiceField(
        label="参评人员签字",
        widget=forms.RadioSelect,
        choices=Signature.choices()[:2],
        error_messages={"required": "请选择本人已签字，还是拒签。"},
    )
    title = forms.CharField(label="证据名称", required=False, max_length=80)
    file = FilesField(
        label="证据照片或 PDF", required=False, help_text=f"可一次选 {MOST_PHOTOS} 份以内，每份 10 MB 以内。"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["clause"].choices = clauses()  # type: ignore[attr-defined]
        say_what_is_missing(self)

    def incident(self) -> Incident:
        """What was typed."""
        facts = self.cleaned_data
        reminder = Reminder(_local(facts["reminder_at"]), facts["reminder_by"], facts["reminder_how"])
        act_at = _local(facts["act_at"])
        assert act_at is not None
        return Incident(
            clause=facts["clause"],
            act_at=act_at,
            place=facts["place"],
            facts=facts["facts"],
            signature=facts["signature"],
            reminder=reminder,
            origin=facts.get("origin") or Origin.ROOM,
        )


class LaterForm(RecordForm):
    """What was found afterwards, by the number of the ticket."""

    ticket = forms.CharField(label="准考证号", max_length=12, help_text="记录在案的当次评价。")
    origin = forms.ChoiceField(
        label="来源", choices=[(one.value, one.label) for one in Origin if one is not Origin.ROOM]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["signature"].choices = Signature.choices()  # type: ignore[attr-defined]
        self.fields["signature"].initial = Signature.ABSENT
        self.order_fields(["ticket", "origin"])


def _local(moment: datetime | None) -> datetime | None:
    return moment.astimezone(SHANGHAI) if moment else None

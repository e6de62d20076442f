"""Forms of the office's exam pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction

from exams.models import ExamSession, Site, Sitting, Subject
from exams.services import sittings, staffing
from exams.services.day_board import OVER
from kupasi.acts import Act
from kupasi.clock import local_day
from kupasi.dates import month_start
from kupasi.errors import Refusal, add_to_form

ARRANGEMENT = ("room", "starts_at", "ends_at", "capacity")


class OfOccupation(forms.Select):
    """Options that say which occupation they belong to, so that the page shows only those that go together."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if hasattr(value, "instance"):
            option["attrs"]["data-occupation"] = value.instance.occupation_id
        return option


class SubjectChoice(forms.ModelChoiceField):
    """Subjects have the same names in every occupation."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.occupation} · {obj.name}"


class SittingForm(forms.ModelForm):
    """A sitting; the service is tried out first, so that its refusals stand beside what was typed."""

    act: Act
    exam_session = forms.ModelChoiceField(
        label="评价场次",
        queryset=ExamSession.objects.select_related("occupation"),
        widget=OfOccupation,
        help_text="只列出本月及以后、没有取消也没有公布成绩的场次",
        error_messages={"invalid_choice": "这个评价场次已经过去、取消或公布成绩，不能再安排考试，请选择列出的场次。"},
    )
    subject = SubjectChoice(label="科目", queryset=Subject.objects.select_related("occupation"), widget=OfOccupation)
    reason = forms.CharField(
        label="调整理由", max_length=200, required=False, help_text="调整考场、时间或名额时必填，会留存"
    )

    class Meta:
        model = Sitting
        fields = ("exam_session", "subject", "room", "starts_at", "ends_at", "capacity", "invigilators", "markers")

    class Media:
        js = ("js/sittings.js",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk and "exam_session" in self.fields:
            self._offer_what_is_ahead()
        for field in self.fields.values():
            if isinstance(field.widget, forms.MultiWidget):  # day and time stand in two boxes under one label
                for box, part in zip(field.widget.widgets, ("日期", "时间"), strict=True):
                    box.attrs["aria-label"] = f"{field.label}{part}"
        if not self.instance.pk and "capacity" in self.fields:
            self.fields["capacity"].required = False
            self.fields["capacity"].help_text = "留空为考场的全部可用座位"

    def _offer_what_is_ahead(self) -> None:
        """Sessions in which somebody may still be examined, and the subjects of their occupations.

        Where the page was opened for one session, only its subjects; in the browser the choice of a session does that.
        """
        ahead = ExamSession.objects.select_related("occupation").exclude(status__in=OVER)
        ahead = ahead.filter(exam_month__gte=month_start(self.act.on)).order_by("exam_month", "occupation__order")
        asked = str(self.initial.get("exam_session", ""))
        only = ahead.filter(pk=asked) if asked.isdecimal() and not self.is_bound else ahead
        subjects = Subject.objects.filter(occupation__in=only.order_by().values("occupation"))
        self.fields["exam_session"].queryset = ahead  # type: ignore[attr-defined]  # choices of rows
        listed = subjects.select_related("occupation").order_by("occupation__order", "order")
        self.fields["subject"].queryset = listed  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            self._judge_staff(cleaned)
            if self.is_dated_back(cleaned):
                self.add_error("starts_at", "这个时间已经过去，请选择今后的时间。")
        if self.errors or not self.moves:
            return cleaned
        if self.instance.pk and not cleaned.get("reason"):
            self.add_error("reason", "请写明为什么调整，参评人员会收到新的准考证。")
            return cleaned
        if self.instance.taken and {"starts_at", "ends_at"} & set(self.changed_data):
            message = "已有人排在这一场，改时间须经审批，并让受影响的人选择改期或退费：请用页末的“申请改期”。"
            self.add_error("starts_at", message)
            return cleaned
        try:
            with transaction.atomic():
                self.carry_out(cleaned)
                transaction.set_rollback(True)
        except Refusal as refusal:
            add_to_form(self, refusal)
        return cleaned

    def _judge_staff(self, given: dict[str, Any]) -> None:
        """Nobody in two places at once, nobody over people of an institution of the own."""
        times = given["room"].site_id, local_day(given["starts_at"]), given["starts_at"], given["ends_at"]
        when = staffing.When(*times, sitting_id=self.instance.pk)
        try:
            staffing.judge_invigilators(given["invigilators"], when=when)
        except Refusal as refusal:
            add_to_form(self, refusal, "invigilators")
        try:
            staffing.judge_own_people(given["markers"], on=when.on, sittings=[self.instance.pk or 0])
        except Refusal as refusal:
            add_to_form(self, refusal, "markers")

    def is_dated_back(self, given: dict[str, Any]) -> bool:
        """Whether a start was typed that is over already."""
        is_new = not self.instance.pk or "starts_at" in self.changed_data
        return is_new and bool(given["starts_at"] <= self.act.at)

    @property
    def moves(self) -> bool:
        """Whether time, room or places change; who invigilates and marks may change at any time, without a reason."""
        return not self.instance.pk or bool(set(ARRANGEMENT) & set(self.changed_data))

    def carry_out(self, given: dict[str, Any]) -> Sitting:
        """Make the sitting, or change the one that is there."""
        times = {key: given[key] for key in ARRANGEMENT}
        if not self.moves:
            return Sitting.objects.get(pk=self.instance.pk)
        if self.instance.pk:
            return sittings.change_sitting(self.instance.pk, by=self.act, reason=given["reason"], **times)
        return sittings.create_sitting(self.act, exam_session=given["exam_session"], subject=given["subject"], **times)

    def _post_clean(self) -> None:
        """The service has judged already, in the words that people understand."""


class AnswerForm(forms.Form):
    """What was found about a report."""

    answer = forms.CharField(label="核对结果", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class UnseatForm(forms.Form):
    """Why seats are taken back."""

    reason = forms.CharField(label="理由", max_length=200)


class PacketForm(forms.Form):
    """Which site and day to pack for."""

    site = forms.ModelChoiceField(label="考核点", queryset=Site.objects.all())
    on = forms.DateField(label="考试日", widget=forms.DateInput(attrs={"type": "date"}))


class DepositForm(forms.Form):
    """Who at the site received the packet."""

    received_by = forms.CharField(label="考核点接收人", max_length=50)


class PassphraseForm(forms.Form):
    """Why the passphrase of a packet is looked at."""

    reason = forms.CharField(label="查看原因", max_length=200, help_text="如：电话告知考核点负责人；会留存")

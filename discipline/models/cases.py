"""Cases of breach, their steps and their evidence (rules S8)."""

from __future__ import annotations

import functools
import operator
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from discipline.enums import UNDECIDED, Answer, CaseStatus, Checked, Origin, Severity, Signature, Step
from exams.enums import DutyRole
from exams.models import Duty, Entry, Seat
from kupasi.people.fields import EncryptedTextField
from kupasi.people.models import Candidate
from kupasi.people.roles import has_cell, may_any
from kupasi.people.storage import private_storage, upload_any

from .bars import Clause

PERSON = settings.AUTH_USER_MODEL
DECIDED = [CaseStatus.DECIDED, CaseStatus.SERVED, CaseStatus.CARRIED_OUT, CaseStatus.IN_REVIEW, CaseStatus.OVERTURNED]
TOLD = [*DECIDED, CaseStatus.NOTICED, CaseStatus.HEARD, CaseStatus.DROPPED]


def person(label: str) -> models.ForeignKey[Any, Any]:
    """Who did a step."""
    return models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=label)


def apart(name: str, one: str, *others: str, message: str) -> models.CheckConstraint:
    """Two steps that one person may not both take."""
    same = functools.reduce(operator.or_, (Q(**{one: F(other)}) for other in others))
    return models.CheckConstraint(name=name, condition=Q(**{one: None}) | ~same, violation_error_message=message)


class CaseQuerySet(models.QuerySet["Case"]):
    """Cases as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """Candidates: their own once they were told. Invigilators and markers: what they recorded, their rooms', and
        those of the site of which they were head on the day.
        All for clerks, deciders and the auditor (matrix: case.open, case.decide_23).
        """
        if not user.is_authenticated:
            return self.none()
        if not user.is_staff:
            return self.filter(candidate__user=user, status__in=TOLD)
        if may_any(user, "case.decide_23") or has_cell(user, "case.open", "Y"):
            return self
        if may_any(user, "case.open"):
            rooms = Q(seat__sitting__invigilators=user) | Q(seat__sitting__markers=user)
            led = Duty.objects.filter(user=user, role=DutyRole.HEAD, site=OuterRef("seat__sitting__room__site"))
            headed = Exists(led.filter(on=OuterRef("seat__sitting__on")))
            mine = Q(recorded_by=user) | Q(second_by=user) | rooms | Q(headed)
            return self.filter(pk__in=Case.objects.filter(mine).order_by().values("pk"))
        return self.none()

    def holding(self) -> Self:
        """Those that keep results back (rules S9, M4)."""
        return self.filter(is_holding=True)


class Case(models.Model):
    """One incident of one person: facts, the persons who took each step, and where it stands (rules S8).

    recorded → confirmed → examined → noticed → heard → decided → served → carried out; in review, overturned; dropped.
    """

    number = models.CharField("案号", max_length=16, unique=True, null=True)
    origin = models.CharField("来源", max_length=12, choices=Origin.choices(), default=Origin.ROOM)
    status = models.CharField("状态", max_length=12, choices=CaseStatus.choices(), default=CaseStatus.RECORDED)
    is_holding = models.BooleanField("暂缓成绩", default=True)
    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="cases", verbose_name="参评人员")
    entry = models.ForeignKey(
        Entry, models.PROTECT, null=True, blank=True, related_name="cases", verbose_name="当次参评"
    )
    seat = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, related_name="cases", verbose_name="座位")
    application_number = models.CharField("申报编号", max_length=14, blank=True)
    clause = models.ForeignKey(Clause, models.PROTECT, related_name="cases", verbose_name="条款")
    severity = models.CharField("情节", max_length=8, blank=True, choices=Severity.choices())
    severity_reason = EncryptedTextField("情节理由", blank=True)

    act_at = models.DateTimeField("行为时间")
    act_on = models.DateField("行为日")
    act_is_exam_day = models.BooleanField("考试日", default=True)
    place = models.CharField("地点", max_length=120)
    facts = EncryptedTextField("事实")
    reminder_at = models.DateTimeField("提醒时间", null=True, blank=True)
    reminder_by = models.CharField("提醒人", max_length=50, blank=True)
    reminder_how = models.CharField("提醒方式", max_length=200, blank=True)
    signature = models.CharField("签字", max_length=8, choices=Signature.choices())
    findings = EncryptedTextField("调查情况", blank=True)
    answer = models.CharField("答复", max_length=10, blank=True, choices=Answer.choices())
    statement = EncryptedTextField("陈述申辩", blank=True)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    answer_entered_by = person("录入人")
    hearing_until = models.DateField("陈述申辩截止", null=True, blank=True)
    hearing_is_provisional = models.BooleanField("暂定", default=False)
    review_until = models.DateField("复核申请截止", null=True, blank=True)
    review_request = EncryptedTextField("复核申请", blank=True)
    review_asked_at = models.DateTimeField("申请复核时间", null=True, blank=True)
    review_reason = EncryptedTextField("复核理由", blank=True)

    recorded_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="记录人")
    recorded_at = models.DateTimeField("记录时间")
    second_by = person("第二记录人")
    confirmed_by = person("考核点负责人")
    examined_by = person("调查人")
    needs_two = models.BooleanField("须两人决定", default=False)
    decided_by = person("决定人")
    co_decided_by = person("第二决定人")
    reviewed_by = person("复核人")
    moved_at = models.DateTimeField("最近办理")

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "违纪事项"
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(fields=["status", "moved_at"], name="case_inbox"),
            models.Index(fields=["entry"], name="case_holding", condition=Q(is_holding=True)),
        ]
        constraints: ClassVar = [
            apart("case_recorders_differ", "second_by", "recorded_by", message="第二名记录人须是另一人。"),
            apart(
                "case_confirmed_by_another",
                "confirmed_by",
                "recorded_by",
                "second_by",
                message="记录人不能代考核点负责人确认。",
            ),
            apart(
                "case_decider_is_fresh",
                "decided_by",
                "recorded_by",
                "second_by",
                "examined_by",
                message="记录或调查过该事项的人员不能作出决定。",
            ),
            apart(
                "case_second_decider_is_fresh",
                "co_decided_by",
                "recorded_by",
                "second_by",
                "examined_by",
                "decided_by",
                message="第二名决定人须是另一位未参与的主管。",
            ),
            apart(
                "case_reviewer_is_another",
                "reviewed_by",
                "recorded_by",
                "second_by",
                "examined_by",
                "decided_by",
                "co_decided_by",
                message="复核须由未参与的另一位主管办理。",
            ),
            models.CheckConstraint(
                name="case_recorded_by_two",
                condition=Q(status=CaseStatus.RECORDED.value) | Q(second_by__isnull=False),
                violation_error_message="现场记录须由两名工作人员共同完成。",
            ),
            models.CheckConstraint(
                name="case_decided_by_somebody",
                condition=~Q(status__in=[one.value for one in DECIDED]) | Q(decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="case_decided_by_two",
                condition=~Q(status__in=[one.value for one in DECIDED], needs_two=True)
                | Q(co_decided_by__isnull=False),
                violation_error_message="须知 四的处理决定须由两位主管作出。",
            ),
            models.CheckConstraint(
                name="case_reminder_whole",
                condition=Q(reminder_at=None, reminder_by="", reminder_how="")
                | Q(reminder_at__isnull=False) & ~Q(reminder_by="") & ~Q(reminder_how=""),
                violation_error_message="提醒的时间、提醒人和方式要一并记录。",
            ),
            models.CheckConstraint(
                name="case_held_until_decided",
                condition=~Q(status__in=sorted(one.value for one in UNDECIDED)) | Q(is_holding=True),
            ),
            models.CheckConstraint(name="case_status_known", condition=Q(status__in=[one.value for one in CaseStatus])),
        ]

    def __str__(self) -> str:
        return self.number or "违纪事项"

    @property
    def subject(self) -> str:
        """What it is about: the session that was entered, or the application where there is none yet."""
        if self.entry is not None:
            return str(self.entry.exam_session)
        return f"申报 {self.application_number}" if self.application_number else "—"

    @property
    def is_reminded(self) -> bool:
        """Whether the record holds when, by whom and how the person was reminded (rules S2)."""
        return bool(self.reminder_at and self.reminder_by and self.reminder_how)


class CaseStep(models.Model):
    """One thing that was done on a case: appended, never changed."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="steps", verbose_name="违纪事项")
    order = models.PositiveSmallIntegerField("次序")
    what = models.CharField("事项", max_length=16, choices=Step.choices())
    at = models.DateTimeField("时间")
    by = person("办理人")
    note = EncryptedTextField("说明", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "办理经过"
        ordering: ClassVar = ["case", "order"]
        constraints: ClassVar = [models.UniqueConstraint(name="case_step_once", fields=["case", "order"])]

    def __str__(self) -> str:
        return self.get_what_display()


class Evidence(models.Model):
    """A photo or paper of a case: hashed as it came, re-encoded, encrypted, kept apart from everything served."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="evidence", verbose_name="违纪事项")
    title = models.CharField("名称", max_length=80)
    kind = models.CharField("格式", max_length=4)
    file = models.FileField("文件", storage=private_storage, upload_to=upload_any)
    received_sha256 = models.CharField("原文件 SHA-256", max_length=64)
    sha256 = models.CharField("存档 SHA-256", max_length=64)
    size = models.PositiveIntegerField("字节数")
    added_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="提交人")
    added_at = models.DateTimeField("提交时间")
    signed_by = person("第二人签署")
    is_own = models.BooleanField("参评人员提交", default=False)
    checked = models.CharField("查毒", max_length=10, choices=Checked.choices(), default=Checked.CLEAN)
    checked_by = person("解除隔离的人")
    check_reason = models.CharField("解除隔离的依据", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "证据"
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            apart("evidence_signed_by_another", "signed_by", "added_by", message="证据须由另一人签署。"),
            apart("evidence_released_by_another", "checked_by", "added_by", message="须由另一人解除隔离。"),
            models.UniqueConstraint(name="evidence_once", fields=["case", "sha256"]),
        ]

    def __str__(self) -> str:
        return self.title

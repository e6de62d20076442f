"""Applications: what a person asks for, declares and pledges, and what the office made of it."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from exams.enums import EntryKind
from exams.models import Entry, ExamSession, Mark, Occupation, Subject, Window
from kupasi.people.enums import Education
from kupasi.people.models import Candidate, ConsentText, IdentityDocument, Institution, Photo, acts_for
from kupasi.people.roles import may_any
from registration.enums import LIVE, OPEN, ApplicationStatus, Channel, Step

PERSON = settings.AUTH_USER_MODEL


class ApplicationQuerySet(models.QuerySet["Application"]):
    """Applications as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """One's own; those that the own institution filed; submitted ones for the office (app.review, ledger.read)."""
        if not user.is_authenticated:
            return self.none()
        if not user.is_staff:
            if institution := acts_for(user, "ledger.read"):
                return self.filter(institution=institution)
            return self.filter(candidate__user=user)
        actions = ("app.review", "app.create_counter", "ledger.read")
        if any(may_any(user, action) for action in actions):
            return self.exclude(status=ApplicationStatus.DRAFT, channel=Channel.WEB)
        return self.none()

    def open(self) -> Self:
        """Those on their way to a result."""
        return self.filter(status__in=OPEN)

    def to_review(self) -> Self:
        """The reviewers' queue, oldest first."""
        return self.filter(status=ApplicationStatus.SUBMITTED).order_by("submitted_at")


class Application(models.Model):
    """One person's request to be assessed in one occupation and exam month (通知 二).

    draft → submitted → approved → confirmed → concluded; returned and resubmitted; rejected, withdrawn, lapsed,
    cancelled.
    """

    number = models.CharField("申报编号", max_length=14, unique=True, null=True, blank=True)
    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="applications", verbose_name="参评人员")
    channel = models.CharField("申报方式", max_length=8, choices=Channel.choices(), default=Channel.WEB)
    institution = models.ForeignKey(
        Institution, models.PROTECT, null=True, blank=True, related_name="applications", verbose_name="申报机构"
    )
    kind = models.CharField("类型", max_length=8, choices=EntryKind.choices(), default=EntryKind.FULL)
    status = models.CharField(
        "状态", max_length=10, choices=ApplicationStatus.choices(), default=ApplicationStatus.DRAFT
    )
    occupation = models.ForeignKey(Occupation, models.PROTECT, null=True, blank=True, related_name="applications")
    window = models.ForeignKey(Window, models.PROTECT, null=True, blank=True, related_name="applications")
    exam_session = models.ForeignKey(ExamSession, models.PROTECT, null=True, blank=True, related_name="applications")
    entry = models.OneToOneField(Entry, models.PROTECT, null=True, blank=True, related_name="application")

    name = models.CharField("姓名", max_length=50, blank=True)
    document = models.ForeignKey(IdentityDocument, models.PROTECT, null=True, blank=True, related_name="+")
    photo = models.ForeignKey(Photo, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="照片")
    education = models.CharField("文化程度", max_length=24, blank=True, choices=Education.choices())
    employer = models.CharField("工作单位", max_length=100, blank=True)
    needs = models.CharField("特殊需要", max_length=100, blank=True)
    done_steps = models.JSONField("已完成步骤", default=list, blank=True)

    conditions = models.JSONField("已声明条件", default=list, blank=True)
    pledge = models.ForeignKey(ConsentText, models.PROTECT, null=True, blank=True, related_name="+")
    pledged_at = models.DateTimeField("承诺时间", null=True, blank=True)
    pledged_from = models.CharField("承诺地址", max_length=45, blank=True)
    gives_up = models.CharField("放弃补考的确认", max_length=300, blank=True)
    kept_marks = models.ManyToManyField(Mark, blank=True, related_name="+", verbose_name="补考所依据的成绩")
    fee_total = models.DecimalField("费用（元）", max_digits=8, decimal_places=2, null=True, blank=True)

    created_at = models.DateTimeField("建立时间")
    created_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    reviewed_at = models.DateTimeField("审核时间", null=True, blank=True)
    reviewed_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    review_reason = models.CharField("审核说明", max_length=300, blank=True)
    correct_until = models.DateTimeField("补正截止", null=True, blank=True)
    pay_until = models.DateTimeField("缴费截止", null=True, blank=True)
    warned_at = models.DateTimeField("缴费提醒", null=True, blank=True)
    original_at = models.DateTimeField("原件收到", null=True, blank=True)
    original_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "申报"
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(fields=["status", "submitted_at", "channel", "created_by"], name="application_queue"),
            models.Index(fields=["name"], name="application_name"),
            models.Index(
                fields=["status", "submitted_at", "channel"],
                name="application_papers",
                condition=Q(original_at__isnull=True),
            ),
            models.Index(fields=["candidate", "-id"], name="application_of_candidate"),
            models.Index(
                fields=["pay_until"], name="application_unpaid", condition=Q(status=ApplicationStatus.APPROVED.value)
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_open_application",
                fields=["candidate", "occupation"],
                condition=Q(status__in=sorted(one.value for one in OPEN)),
                violation_error_message="该职业已有一份进行中的申报。",
            ),
            models.UniqueConstraint(
                name="one_live_application",
                fields=["candidate", "exam_session"],
                condition=Q(status__in=sorted(one.value for one in LIVE)),
                violation_error_message="同一职业同一评价月只能有一份申报。",
            ),
            models.UniqueConstraint(
                name="one_draft", fields=["candidate"], condition=Q(status=ApplicationStatus.DRAFT.value)
            ),
            models.CheckConstraint(
                name="submitted_is_complete",
                condition=Q(status__in=[ApplicationStatus.DRAFT.value, ApplicationStatus.WITHDRAWN.value])
                | Q(
                    number__isnull=False,
                    occupation__isnull=False,
                    window__isnull=False,
                    exam_session__isnull=False,
                    document__isnull=False,
                    fee_total__isnull=False,
                    submitted_at__isnull=False,
                    pledged_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="group_has_institution",
                condition=Q(channel=Channel.GROUP.value, institution__isnull=False)
                | (~Q(channel=Channel.GROUP.value) & Q(institution=None)),
                violation_error_message="团体申报须注明申报机构，其他申报没有申报机构。",
            ),
            models.CheckConstraint(
                name="reviewed_by_another",
                condition=Q(reviewed_by=None) | Q(created_by=None) | ~Q(reviewed_by=F("created_by")),
                violation_error_message="录入人不能审核自己录入的申报。",
            ),
            models.CheckConstraint(
                name="confirmed_with_entry",
                condition=~Q(status__in=[ApplicationStatus.CONFIRMED.value, ApplicationStatus.CONCLUDED.value])
                | Q(entry__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number or "草稿"


class ApplicationItem(models.Model):
    """A subject applied for, with its fee as fixed when the application was submitted (rules P2)."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="items", verbose_name="申报")
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="+", verbose_name="科目")
    amount = models.DecimalField("金额（元）", max_digits=8, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "申报科目"
        ordering: ClassVar = ["subject__order"]
        constraints: ClassVar = [models.UniqueConstraint(name="item_once", fields=["application", "subject"])]

    def __str__(self) -> str:
        return str(self.subject)


class ReturnedItem(models.Model):
    """A part of the application that a reviewer sent back, and why; only these parts open again."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="returned_items", verbose_name="申报")
    step = models.CharField("项目", max_length=10, choices=Step.choices())
    reason = models.CharField("原因", max_length=200)
    returned_at = models.DateTimeField("退回时间")
    returned_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    resolved_at = models.DateTimeField("补正时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "退回项"
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_step_display()}：{self.reason}"


class IdempotencyKey(models.Model):
    """An answer kept under the client's key: the same request gets the same answer, another body is refused."""

    user = models.ForeignKey(PERSON, models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "幂等键"
        constraints: ClassVar = [models.UniqueConstraint(name="idempotency_key_once", fields=["user", "key"])]

    def __str__(self) -> str:
        return f"{self.pk}"

"""Decisions, their papers, and exactly what they changed (rules S8–S10)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from discipline.enums import Errand, LetterKind, Outcome, Register, ServedHow, Severity
from kupasi.people.fields import EncryptedTextField
from kupasi.people.storage import private_storage, upload_pdf

from .bars import Clause
from .cases import Case

PERSON = settings.AUTH_USER_MODEL


class Decision(models.Model):
    """What was decided, with the effects that were looked at when it was signed and their hash."""

    case = models.OneToOneField(Case, models.PROTECT, related_name="decision", verbose_name="违纪事项")
    number = models.CharField("决定书编号", max_length=32, unique=True, null=True, blank=True)
    outcome = models.CharField("决定", max_length=8, choices=Outcome.choices())
    clause = models.ForeignKey(Clause, models.PROTECT, related_name="+", verbose_name="条款")
    severity = models.CharField("情节", max_length=8, blank=True, choices=Severity.choices())
    severity_reason = EncryptedTextField("情节理由", blank=True)
    reason = EncryptedTextField("理由")
    referral = models.CharField("移送", max_length=200, blank=True, help_text="情节严重的，移送哪个部门")
    plan = models.JSONField("签署时的影响", default=list)
    plan_hash = models.CharField("影响的 SHA-256", max_length=64)
    signatures = models.JSONField("签署", default=list, help_text="谁、何时、签的是哪一份影响")
    signed_at = models.DateTimeField("第一次签署")
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    carried_out_at = models.DateTimeField("执行时间", null=True, blank=True)
    overturned_at = models.DateTimeField("撤销时间", null=True, blank=True)
    left_out = models.JSONField("未能恢复的", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "处理决定"
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="decision_numbered",
                condition=Q(decided_at=None) | Q(number__isnull=False),
            ),
            models.CheckConstraint(
                name="decision_carried_out_first",
                condition=Q(carried_out_at=None) | Q(decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number or "待签署的决定"


class CaseLetter(models.Model):
    """A paper of a case as PDF, and the proof that it was served."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="letters", verbose_name="违纪事项")
    kind = models.CharField("种类", max_length=8, choices=LetterKind.choices())
    number = models.CharField("编号", max_length=32, unique=True)
    file = models.FileField("文件", storage=private_storage, upload_to=upload_pdf)
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField("制作时间")
    served_how = models.CharField("送达方式", max_length=10, blank=True, choices=ServedHow.choices())
    served_on = models.DateField("送达日", null=True, blank=True)
    proof = models.CharField("送达凭证", max_length=200, blank=True, help_text="签收、邮件单号、公告地址等")
    served_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "文书"
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="case_letter_once", fields=["case", "kind"]),
            models.CheckConstraint(
                name="letter_served_with_proof",
                condition=Q(served_on=None, served_how="")
                | Q(served_on__isnull=False) & ~Q(served_how="") & ~Q(proof=""),
                violation_error_message="送达要写明日期、方式和凭证。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"

    @property
    def served(self) -> str:
        """The day from which the days count, and why; that of a public notice is the last of the notice."""
        if self.served_on is None:
            return ""
        how = "公告期满，视为送达" if self.served_how == ServedHow.PUBLIC else self.get_served_how_display()
        return f"{self.served_on} {how}"


class Effect(models.Model):
    """One thing that carrying out a decision changed: what it was, what it became; the ledger for taking it back."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="effects", verbose_name="违纪事项")
    order = models.PositiveIntegerField("次序")
    group = models.CharField("类别", max_length=16)
    label = models.CharField("对象类型", max_length=60)
    object_id = models.CharField("对象", max_length=64)
    words = models.CharField("说明", max_length=300)
    before = models.JSONField("原来", null=True)
    after = models.JSONField("之后", null=True)
    restored_at = models.DateTimeField("恢复时间", null=True, blank=True)
    not_restored = models.CharField("未恢复的原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "处理影响"
        ordering: ClassVar = ["case", "order"]
        indexes: ClassVar = [models.Index(fields=["label", "object_id"], name="effect_of_row")]
        constraints: ClassVar = [models.UniqueConstraint(name="effect_once", fields=["case", "order"])]

    def __str__(self) -> str:
        return self.words


class RegisterTask(models.Model):
    """Something to correct in a register outside, and the receipt once it is done (rules S6)."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="register_tasks", verbose_name="违纪事项")
    register = models.CharField("平台", max_length=12, choices=Register.choices())
    errand = models.CharField("事项", max_length=8, choices=Errand.choices())
    about = models.CharField("内容", max_length=120)
    opened_at = models.DateTimeField("建立时间")
    done_at = models.DateTimeField("完成时间", null=True, blank=True)
    done_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    receipt = models.CharField("回执", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "外部数据更正"
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="register_task_with_receipt",
                condition=Q(done_at=None) | Q(done_by__isnull=False) & ~Q(receipt=""),
                violation_error_message="完成要写明回执。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_register_display()}　{self.about}"

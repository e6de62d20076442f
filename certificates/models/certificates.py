"""Certificates: qualified → number → document → hand-over; void for ever when it is void (rules section 9)."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from certificates.enums import CertificateStatus, Collector
from exams.models import Entry, ExamSession, Occupation
from kupasi.people.models import Candidate, IdentityDocument, Photo, acts_for
from kupasi.people.roles import may_any
from kupasi.people.storage import private_storage, upload_pdf

PERSON = settings.AUTH_USER_MODEL


class NumberSeries(models.Model):
    """The prefix that the office was given for its certificate numbers; without one, certificates wait (rules X2)."""

    occupation = models.ForeignKey(Occupation, models.PROTECT, related_name="number_series", verbose_name="职业")
    prefix = models.CharField("前缀", max_length=13, help_text="S 或 Y + 机构 4 位 + 省 2 位 + 站点 6 位")
    level_digit = models.CharField("等级位", max_length=1)
    source = models.CharField("依据", max_length=120, help_text="编号的来文")
    is_sample = models.BooleanField("样本", default=False, help_text="演示用：证书上印“样本”")
    is_active = models.BooleanField("启用", default=True)
    created_at = models.DateTimeField("建立时间")

    class Meta:
        verbose_name = verbose_name_plural = "证书编号前缀"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_active_series",
                fields=["occupation"],
                condition=Q(is_active=True),
                violation_error_message="同一职业只能启用一个前缀。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.occupation} {self.prefix}"


class NumberUse(models.Model):
    """A number that was used once, for ever, also when its certificate is void."""

    number = models.CharField("证书编号", max_length=22, unique=True)
    prefix = models.CharField(max_length=13)
    year = models.PositiveSmallIntegerField("年")
    level_digit = models.CharField(max_length=1)
    serial = models.PositiveIntegerField("流水")
    used_at = models.DateTimeField("使用时间")

    class Meta:
        verbose_name = verbose_name_plural = "证书编号台账"
        constraints: ClassVar = [
            models.UniqueConstraint(name="serial_used_once", fields=["prefix", "year", "level_digit", "serial"])
        ]

    def __str__(self) -> str:
        return self.number


def by_another(name: str) -> models.CheckConstraint:
    """What one made another approved, whole or not at all."""
    return models.CheckConstraint(
        name=name,
        condition=Q(approved_by=None, approved_at=None)
        | Q(approved_by__isnull=False, approved_at__isnull=False) & ~Q(approved_by=F("made_by")),
        violation_error_message="须由另一位工作人员批准。",
    )


class OfficeQuerySet(models.QuerySet[Any]):
    """Lists that only those who have to do with the approval of certificates may see."""

    def visible_to(self, user: Any) -> Self:
        """All for the roles that ask for, approve or read it; nobody else finds any."""
        return self if user.is_authenticated and user.is_staff and may_any(user, "cert.approve") else self.none()


class IssueBatch(models.Model):
    """A list of the qualified of one exam session, drawn up by one, approved by another, exactly as it was shown."""

    exam_session = models.ForeignKey(ExamSession, models.PROTECT, related_name="+", verbose_name="评价场次")
    digest = models.CharField("名单指纹", max_length=64)
    listed = models.JSONField("列入", help_text="证书的主键")
    excluded = models.JSONField("不列入", help_text="参评的主键和原因")
    made_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="提请人")
    made_at = models.DateTimeField("提请时间")
    approved_by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+", verbose_name="批准人")
    approved_at = models.DateTimeField("批准时间", null=True)

    objects = OfficeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "发证名单"
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [by_another("batch_approved_by_another")]

    def __str__(self) -> str:
        return f"{self.exam_session} 共 {len(self.listed)} 人"


class NumberImport(models.Model):
    """Official numbers from a file, matched to certificates by one, taken into the ledger by another (rules X2)."""

    file_name = models.CharField("文件", max_length=120)
    sha256 = models.CharField(max_length=64)
    rows = models.JSONField("编号", help_text="证书的主键和编号")
    made_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="导入人")
    made_at = models.DateTimeField("导入时间")
    approved_by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+", verbose_name="批准人")
    approved_at = models.DateTimeField("批准时间", null=True)

    objects = OfficeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "正式编号导入"
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [by_another("numbers_approved_by_another")]

    def __str__(self) -> str:
        return f"{self.file_name} 共 {len(self.rows)} 个编号"


class CertificateQuerySet(models.QuerySet["Certificate"]):
    """Certificates as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """One's own; those that an institution collects for its people; all for the office's printers and readers."""
        if not user.is_authenticated:
            return self.none()
        if not user.is_staff:
            if institution := acts_for(user, "cert.print"):
                return self.filter(entry__institution=institution)
            return self.filter(candidate__user=user)
        roles = ("cert.print", "cert.approve", "cert.revoke", "cert.reissue")
        return self if any(may_any(user, action) for action in roles) else self.none()

    def public(self) -> Self:
        """What anybody may ask about: everything that ever had a number."""
        return self.filter(number__isnull=False)

    def on_paper(self) -> Self:
        """Those in force whose paper has been made."""
        return self.filter(status__in=[CertificateStatus.ISSUED, CertificateStatus.COLLECTED]).exclude(sha256="")


class Certificate(models.Model):
    """One certificate of one person for one occupation. What it says is fixed at issue; it is never deleted."""

    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="certificates", verbose_name="参评人员")
    occupation = models.ForeignKey(Occupation, models.PROTECT, related_name="certificates", verbose_name="职业")
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="certificates", verbose_name="所据参评")
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name="更正自"
    )
    batch = models.ForeignKey(
        IssueBatch, models.PROTECT, null=True, blank=True, related_name="certificates", verbose_name="发证名单"
    )
    approved_facts = models.CharField(max_length=64, blank=True, editable=False)
    status = models.CharField(
        "状态", max_length=10, choices=CertificateStatus.choices(), default=CertificateStatus.WAITING
    )
    number = models.CharField("证书编号", max_length=22, unique=True, null=True, blank=True)
    official_number = models.CharField("正式编号", max_length=22, unique=True, null=True, blank=True)
    is_sample = models.BooleanField("样本", default=False)
    title = models.CharField("证书名称", max_length=40)
    name = models.CharField("姓名", max_length=50)
    document = models.ForeignKey(IdentityDocument, models.PROTECT, related_name="+", verbose_name="证件")
    photo = models.ForeignKey(Photo, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="照片")
    level = models.CharField("等级", max_length=30)
    direction = models.CharField("方向", max_length=30, blank=True)
    qualified_on = models.DateField("合格日期")
    issued_on = models.DateField("发证日期", null=True, blank=True)
    statement = models.TextField("签名声明", blank=True, help_text="二维码中的 Ed25519 声明")
    file = models.FileField("文件", storage=private_storage, upload_to=upload_pdf, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    prints = models.PositiveSmallIntegerField("印制次数", default=0)
    voided_on = models.DateField("作废日期", null=True, blank=True)
    void_reason = models.CharField("作废原因", max_length=200, blank=True)
    created_at = models.DateTimeField("建立时间")

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "证书"
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(fields=["status", "issued_on"], name="certificate_queue"),
            models.Index(fields=["status", "id"], name="certificate_by_status"),  # the lists of the void
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_valid_certificate",
                fields=["candidate", "occupation"],
                condition=~Q(status=CertificateStatus.VOID.value),
            ),
            models.UniqueConstraint(name="one_first_certificate", fields=["entry"], condition=Q(replaces=None)),
            models.CheckConstraint(
                name="issued_with_number",
                condition=Q(status__in=[CertificateStatus.WAITING.value, CertificateStatus.VOID.value])
                | Q(number__isnull=False, issued_on__isnull=False),
            ),
            models.CheckConstraint(
                name="void_with_date", condition=~Q(status=CertificateStatus.VOID.value) | Q(voided_on__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.number or "待编号证书"


class Handover(models.Model):
    """That a certificate was handed over: to whom, on which document, by whom (rules X4)."""

    certificate = models.OneToOneField(Certificate, models.PROTECT, related_name="handover", verbose_name="证书")
    collector = models.CharField("领取人", max_length=12, choices=Collector.choices())
    proxy_name = models.CharField("代领人姓名", max_length=50, blank=True)
    proxy_document_seen = models.BooleanField("已核代领人证件", default=False)
    letter_seen = models.BooleanField("已收委托书", default=False)
    document_seen = models.BooleanField("已核本人证件")
    handed_at = models.DateTimeField("领取时间")
    handed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="经办人")

    class Meta:
        verbose_name = verbose_name_plural = "证书领取"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="proxy_with_papers",
                condition=~Q(collector=Collector.PROXY.value)
                | Q(proxy_document_seen=True, letter_seen=True, document_seen=True) & ~Q(proxy_name=""),
                violation_error_message="代领须核对双方证件并收存委托书。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.certificate} {self.get_collector_display()}"

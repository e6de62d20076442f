"""Rosters: what an institution files for its people, the files it sends, and their rows (通知 二(二))."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from exams.enums import EntryKind
from exams.models import Occupation, Window
from kupasi.people.fields import EncryptedTextField
from kupasi.people.models import Institution
from kupasi.people.roles import may, may_any
from kupasi.people.storage import private_storage, upload_any, upload_photo
from registration.enums import RUNNING, RosterStatus, RowChange, UploadState

from .applications import Application

PERSON = settings.AUTH_USER_MODEL


def files_for(user: Any) -> Q | None:
    """The rosters of the own institution, for its clerks and approvers (matrix: batch.upload); None for others."""
    if not user.is_authenticated or user.is_staff or not may(user, "batch.upload"):
        return None
    return Q(institution__is_active=True, institution__memberships__user=user)


class RosterQuerySet(models.QuerySet["Roster"]):
    """Rosters as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """The own institution's; submitted ones for the office's reviewers and readers."""
        own = files_for(user)
        if own is not None:
            return self.filter(own)
        if user.is_authenticated and user.is_staff and any(may_any(user, one) for one in ("app.review", "ledger.read")):
            return self.filter(status__in=[RosterStatus.SUBMITTED, RosterStatus.REVIEWED])
        return self.none()


class Roster(models.Model):
    """One list of an institution for one window (团体申报): one approver, one order, one reference.

    draft → signed → submitted → reviewed; withdrawn before the submission. Frozen from the submission on.
    """

    number = models.CharField("团体申报编号", max_length=14, unique=True, null=True, blank=True)
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="rosters", verbose_name="机构")
    window = models.ForeignKey(Window, models.PROTECT, related_name="rosters", verbose_name="申报时间段")
    label = models.CharField("名称", max_length=60, blank=True)
    status = models.CharField("状态", max_length=10, choices=RosterStatus.choices(), default=RosterStatus.DRAFT)
    retakes_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="retake_lists", verbose_name="补考自"
    )
    created_at = models.DateTimeField("建立时间")
    created_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="经办人")
    taken_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    taken_at = models.DateTimeField("名单更新时间", null=True, blank=True)
    signed_at = models.DateTimeField("签署时间", null=True, blank=True)
    signed_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    signed_hash = models.CharField(max_length=64, blank=True, editable=False)
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    submitted_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    reviewed_at = models.DateTimeField("审核时间", null=True, blank=True)
    reviewed_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")

    objects = RosterQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "团体申报"
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["institution", "window"], name="roster_of_institution")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_draft_of_retakes",
                fields=["retakes_of"],
                condition=Q(status__in=[RosterStatus.DRAFT.value, RosterStatus.SIGNED.value]),
                violation_error_message="这份名单的补考名单已经生成，请先处理它。",
            ),
            models.CheckConstraint(
                name="roster_signed_by_another",
                condition=Q(signed_by=None) | Q(taken_by=None) | ~Q(signed_by=F("taken_by")),
                violation_error_message="上传名单的人不能签署资格初审，请由本机构另一位审核人签署。",
            ),
            models.CheckConstraint(
                name="roster_submitted_is_signed",
                condition=~Q(status__in=[RosterStatus.SUBMITTED.value, RosterStatus.REVIEWED.value])
                | Q(signed_at__isnull=False, signed_by__isnull=False, submitted_at__isnull=False),
                violation_error_message="提交前须完成资格初审签署。",
            ),
        ]

    def __str__(self) -> str:
        return self.label or self.number or "团体申报"


class HeaderPreset(models.Model):
    """How another system's file names its columns and codes its values; kept as data by the office."""

    name = models.CharField("名称", max_length=60)
    institution = models.ForeignKey(
        Institution, models.PROTECT, null=True, blank=True, related_name="presets", verbose_name="仅供机构"
    )
    columns = models.JSONField("列名对应", default=dict, help_text="文件中的列名 → 本系统的列名")
    values = models.JSONField("取值对应", default=dict, blank=True, help_text="列名 → {文件中的值 → 本系统的值}")
    constants = models.JSONField("固定取值", default=dict, blank=True, help_text="文件中没有的列 → 一律取的值")
    is_active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "表头方案"
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class RosterUploadQuerySet(models.QuerySet["RosterUpload"]):
    """Uploads as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """Along with the roster."""
        return self.filter(roster__in=Roster.objects.visible_to(user))

    def running(self) -> Self:
        """Those that a worker has, or will have."""
        return self.filter(state__in=RUNNING)


class RosterUpload(models.Model):
    """One file sent for a roster: read, judged and stored by the worker; the counters are what is done so far."""

    roster = models.ForeignKey(Roster, models.PROTECT, related_name="uploads", verbose_name="团体申报")
    file = models.FileField("文件", storage=private_storage, upload_to=upload_any, blank=True)
    name = models.CharField("文件名", max_length=120)
    sha256 = models.CharField(max_length=64)
    preset = models.ForeignKey(HeaderPreset, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField("状态", max_length=10, choices=UploadState.choices(), default=UploadState.QUEUED)
    findings = models.JSONField("文件问题", default=list, blank=True)
    stamp = models.CharField(max_length=64, blank=True, editable=False)
    rows = models.PositiveIntegerField("总行数", null=True, blank=True)
    read = models.PositiveIntegerField("已读取", default=0)
    judged = models.PositiveIntegerField("已核对", default=0)
    stored = models.PositiveIntegerField("已保存", default=0)
    valid = models.PositiveIntegerField("合格行", default=0)
    invalid = models.PositiveIntegerField("有误行", default=0)
    new = models.PositiveIntegerField("新增", default=0)
    changed = models.PositiveIntegerField("有改动", default=0)
    unchanged = models.PositiveIntegerField("未变", default=0)
    removed = models.PositiveIntegerField("移出", default=0)
    claim = models.CharField(max_length=32, blank=True, editable=False)
    heartbeat = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    cancel_asked = models.BooleanField(default=False, editable=False)
    uploaded_at = models.DateTimeField("上传时间")
    uploaded_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="上传人")
    judged_at = models.DateTimeField("核对完成时间", null=True, blank=True)
    taken_at = models.DateTimeField("采用时间", null=True, blank=True)
    taken_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")

    objects = RosterUploadQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "名单文件"
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(
                fields=["heartbeat"], name="upload_running", condition=Q(state__in=sorted(one.value for one in RUNNING))
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_running_upload",
                fields=["roster"],
                condition=Q(state__in=sorted(one.value for one in RUNNING)),
                violation_error_message="上一个文件还在处理，请等待完成或先取消。",
            ),
            models.CheckConstraint(
                name="upload_counts_agree", condition=Q(stored__lte=F("judged"), judged__lte=F("read"))
            ),
        ]

    def __str__(self) -> str:
        return f"名单文件 {self.pk}"


class RosterRowQuerySet(models.QuerySet["RosterRow"]):
    """Rows as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """Along with the roster; the office sees what was filed only."""
        rows = self.filter(roster__in=Roster.objects.visible_to(user))
        return rows.current() if user.is_authenticated and user.is_staff else rows

    def current(self) -> Self:
        """Those that are on the roster."""
        return self.filter(is_current=True)


class RosterRow(models.Model):
    """One line of a file, judged; `is_current` once it was taken: then it is one person on the roster.

    `sealed` holds everything that was typed and its normal form; what stands in clear is what lists, search and the
    rules ask for. `claim` is set while the row is current: one person, occupation and window for an institution once.
    """

    roster = models.ForeignKey(Roster, models.PROTECT, related_name="rows", verbose_name="团体申报", db_index=False)
    upload = models.ForeignKey(RosterUpload, models.PROTECT, related_name="lines", verbose_name="文件", db_index=False)
    line = models.PositiveIntegerField("行号")
    key = models.CharField(max_length=40, blank=True, editable=False)
    name = models.CharField("姓名", max_length=50, blank=True)
    birth_date = models.DateField("出生日期", null=True, blank=True)
    number_index = models.CharField(max_length=64, blank=True, editable=False)
    number_tail = models.CharField(max_length=6, blank=True, editable=False)
    phone_index = models.CharField(max_length=64, blank=True, editable=False)
    class_name = models.CharField("班级", max_length=60, blank=True)
    occupation = models.ForeignKey(Occupation, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    kind = models.CharField("考核类型", max_length=8, choices=EntryKind.choices(), default=EntryKind.FULL)
    subjects = models.JSONField("考核科目", default=list, blank=True)
    fee = models.DecimalField("费用（元）", max_digits=8, decimal_places=2, null=True, blank=True)
    sealed = EncryptedTextField("填写内容", blank=True)
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    findings = models.JSONField("问题", default=list, blank=True)
    is_valid = models.BooleanField("合格", default=False)
    is_known = models.BooleanField(default=False, editable=False)
    is_held = models.BooleanField("待人工核对", default=False)
    exceptions = models.JSONField("核对事项（仅受理人员可见）", default=list, blank=True)
    change = models.CharField("对比", max_length=10, choices=RowChange.choices(), default=RowChange.NEW)
    replaces = models.ForeignKey(
        "self",
        models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        editable=False,
    )  # for comparing before the file is taken; emptied then
    is_current = models.BooleanField("在名单中", default=False)
    claim = models.CharField(max_length=96, null=True, blank=True, unique=True, editable=False)
    objected_at = models.DateTimeField("本人异议", null=True, blank=True)
    refused_code = models.CharField(
        "未受理原因（仅受理人员可见）", max_length=40, blank=True, default="", db_default="", editable=False
    )
    application = models.OneToOneField(
        Application, models.PROTECT, null=True, blank=True, related_name="roster_row", verbose_name="申报"
    )

    objects = RosterRowQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "团体申报人员"
        ordering: ClassVar = ["upload", "line"]
        indexes: ClassVar = [
            models.Index(fields=["number_index"], name="current_row_number", condition=Q(is_current=True)),
            models.Index(fields=["roster"], name="roster_row_current", condition=Q(is_current=True)),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(name="roster_line_once", fields=["upload", "line"]),
            models.CheckConstraint(
                name="current_row_is_valid",
                condition=Q(is_current=False, claim=None)
                | Q(is_current=True, is_valid=True, claim__isnull=False, occupation__isnull=False, fee__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"第 {self.line} 行"


class RosterPhotoQuerySet(models.QuerySet["RosterPhoto"]):
    """Portraits as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """Along with the roster."""
        return self.filter(roster__in=Roster.objects.visible_to(user))


class RosterPhoto(models.Model):
    """A portrait for one document number of a roster: it stays with the person whatever file is sent next."""

    roster = models.ForeignKey(Roster, models.PROTECT, related_name="photos", verbose_name="团体申报")
    number_index = models.CharField(max_length=64, editable=False)
    file = models.FileField("文件", storage=private_storage, upload_to=upload_photo)
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField("上传时间")
    created_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="上传人")

    objects = RosterPhotoQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "团体申报照片"
        constraints: ClassVar = [models.UniqueConstraint(name="roster_photo_once", fields=["roster", "number_index"])]

    def __str__(self) -> str:
        return f"照片 {self.pk}"

"""A candidate in a session: subjects, seats, attendance, admission tickets."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from exams.enums import Attendance, EntryKind, EntrySource, EntryStatus, TicketStatus
from kupasi.people.fields import EncryptedTextField
from kupasi.people.models import Candidate, Institution, Photo, acts_for
from kupasi.people.roles import may_any
from kupasi.people.storage import private_storage, upload_any, upload_pdf

from .calendar import ExamSession
from .programme import Subject
from .venues import Site, Sitting


class EntryQuerySet(models.QuerySet["Entry"]):
    """Entries as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """One's own; those whom the own institution filed; an invigilator's rooms; all for the office's arrangers."""
        if not user.is_authenticated:
            return self.none()
        if not user.is_staff:
            if institution := acts_for(user, "score.read"):
                return self.filter(institution=institution)
            return self.filter(candidate__user=user)
        if may_any(user, "seat.arrange") or may_any(user, "score.publish"):
            return self
        return self.filter(Q(seats__sitting__invigilators=user) | Q(seats__sitting__markers=user)).distinct()

    def live(self) -> Self:
        """Those not cancelled."""
        return self.exclude(status=EntryStatus.CANCELLED)


class Entry(models.Model):
    """A paid, approved candidate in a session; seated once the signed original is in (rules E3)."""

    exam_session = models.ForeignKey(ExamSession, models.PROTECT, related_name="entries", verbose_name="评价场次")
    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="entries", verbose_name="参评人员")
    institution = models.ForeignKey(
        Institution, models.PROTECT, null=True, blank=True, related_name="entries", verbose_name="申报机构"
    )
    photo = models.ForeignKey(Photo, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="照片")
    kind = models.CharField("类型", max_length=8, choices=EntryKind.choices(), default=EntryKind.FULL)
    source = models.CharField("来源", max_length=12, choices=EntrySource.choices(), default=EntrySource.REGULAR)
    exam_mode = models.PositiveSmallIntegerField("考核模式版本", default=1)
    status = models.CharField("状态", max_length=10, choices=EntryStatus.choices(), default=EntryStatus.ENROLLED)
    papers_in_at = models.DateTimeField("原件收到", null=True, blank=True)
    needs = models.CharField("特殊需要", max_length=100, blank=True)
    created_at = models.DateTimeField("建立时间")

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "参评名单"
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [
            models.Index(fields=["exam_session", "status"], name="entry_by_session"),
            models.Index(fields=["status", "papers_in_at"], name="entry_queue"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_entry_per_session",
                fields=["candidate", "exam_session"],
                condition=~Q(status=EntryStatus.CANCELLED.value),
            )
        ]

    def __str__(self) -> str:
        return f"{self.exam_session} {self.candidate}"


class SeatQuerySet(models.QuerySet["Seat"]):
    """Seats as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """Along with the entry; room staff see their rooms only."""
        if not user.is_authenticated:
            return self.none()
        if not user.is_staff:
            if institution := acts_for(user, "score.read"):
                return self.filter(entry__institution=institution)
            return self.filter(entry__candidate__user=user)
        if may_any(user, "seat.arrange") or may_any(user, "score.publish"):
            return self
        return self.filter(Q(sitting__invigilators=user) | Q(sitting__markers=user)).distinct()


class Seat(models.Model):
    """One subject that an entry covers: its sitting and seat once arranged, and whether the person came."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="seats", verbose_name="参评人员")
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="seats", verbose_name="科目")
    sitting = models.ForeignKey(Sitting, models.PROTECT, null=True, blank=True, related_name="seats", verbose_name="场")
    number = models.PositiveSmallIntegerField("座位号", null=True, blank=True)
    attendance = models.CharField("到考", max_length=8, choices=Attendance.choices(), default=Attendance.UNKNOWN)
    attended_at = models.DateTimeField("登记时间", null=True, blank=True)
    attendance_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = SeatQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "座位"
        ordering: ClassVar = ["sitting", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="subject_once_per_entry", fields=["entry", "subject"]),
            models.UniqueConstraint(
                name="seat_for_one", fields=["sitting", "number"], condition=Q(sitting__isnull=False)
            ),
            models.CheckConstraint(
                name="seat_number_with_sitting",
                condition=Q(sitting=None, number=None) | Q(sitting__isnull=False, number__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.number or '未排'}"


class TicketQuerySet(models.QuerySet["AdmissionTicket"]):
    """Tickets as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """One's own; the own institution's; those in an invigilator's rooms; all for the office (ticket.read)."""
        if not user.is_authenticated:
            return self.none()
        if not user.is_staff:
            if institution := acts_for(user, "ticket.read"):
                return self.filter(entry__institution=institution)
            return self.filter(entry__candidate__user=user)
        if not may_any(user, "ticket.read"):
            return self.none()
        if user.role_names <= {"invigilator"}:
            return self.filter(entry__seats__sitting__invigilators=user).distinct()
        return self


class AdmissionTicket(models.Model):
    """The 准考证 of an entry: one number for ever, a new version when its facts change (rules K1–K5)."""

    entry = models.OneToOneField(Entry, models.PROTECT, related_name="ticket", verbose_name="参评人员")
    number = models.CharField("准考证号", max_length=12, unique=True)
    version = models.PositiveSmallIntegerField("版本", default=0)
    status = models.CharField("状态", max_length=10, choices=TicketStatus.choices(), default=TicketStatus.MADE)
    sent_at = models.DateTimeField("发送时间", null=True, blank=True)
    answered_at = models.DateTimeField("确认时间", null=True, blank=True)
    dispute = models.CharField("异议", max_length=300, blank=True)

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "准考证"
        ordering: ClassVar = ["number"]
        indexes: ClassVar = [models.Index(fields=["status"], name="ticket_queue")]

    def __str__(self) -> str:
        return self.number


class TicketVersion(models.Model):
    """One version of a ticket: the hash of its facts, what it says of times and rooms, and the file."""

    ticket = models.ForeignKey(AdmissionTicket, models.PROTECT, related_name="versions", verbose_name="准考证")
    version = models.PositiveSmallIntegerField("版本")
    facts_hash = models.CharField(max_length=64)
    facts = models.JSONField("安排", help_text="不含姓名与证件号码")
    file = models.FileField("文件", storage=private_storage, upload_to=upload_pdf)
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField("制作时间")

    class Meta:
        verbose_name = verbose_name_plural = "准考证版本"
        ordering: ClassVar = ["ticket", "-version"]
        constraints: ClassVar = [models.UniqueConstraint(name="ticket_version_once", fields=["ticket", "version"])]

    def __str__(self) -> str:
        return f"{self.ticket} v{self.version}"


class TicketPacket(models.Model):
    """The site's backup for a day: tickets, roster, signed SHA-256 list, in a zip with a passphrase (通知 二(五)).

    A packet without a passphrase was made before there were any; its zip is not encrypted.
    """

    site = models.ForeignKey(Site, models.PROTECT, related_name="packets", verbose_name="考核点")
    on = models.DateField("考试日")
    file = models.FileField("文件", storage=private_storage, upload_to=upload_any)
    sha256 = models.CharField(max_length=64)
    tickets = models.PositiveIntegerField("张数")
    made_at = models.DateTimeField("制作时间")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="制作人")
    deposited_at = models.DateTimeField("送达时间", null=True, blank=True)
    deposited_to = models.CharField("考核点接收人", max_length=50, blank=True)
    passphrase = EncryptedTextField("口令", blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "考核点备份包"
        ordering: ClassVar = ["-on", "site"]

    def __str__(self) -> str:
        return f"{self.site} {self.on:%Y-%m-%d}"

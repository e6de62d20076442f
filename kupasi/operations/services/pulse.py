"""What the operator wants to know at a glance: signs of life, queues, ages, the last jobs. No personal data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, QuerySet

from kupasi.audit.models import Entry as AuditEntry
from kupasi.audit.models import Seal
from kupasi.notices.enums import NoticeStatus
from kupasi.notices.models import Heartbeat, JobRun, Notice

PARTS = {"worker": "后台作业", "clock": "时钟"}
JOBS = {"backup": "备份", "restore-drill": "恢复演练", "audit-root": "审计日根"}
SILENT = timedelta(minutes=2)  # decided here: eight missed beats
BACKUP_OLD = timedelta(hours=26)  # a daily backup, and two hours' grace
DRILL_OLD = timedelta(days=92)  # a drill each quarter
LETTER_LATE = timedelta(minutes=10)
SEAL_LATE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Beat:
    """The last sign of life of a part."""

    part: str
    label: str
    age: timedelta | None

    @property
    def is_silent(self) -> bool:
        """Whether it should have been heard of since."""
        return self.age is None or self.age > SILENT


@dataclass(frozen=True, slots=True)
class Line:
    """A queue: how many wait, and how old the oldest is."""

    code: str
    label: str
    count: int
    oldest: timedelta | None
    is_late: bool


def beats(at: datetime) -> list[Beat]:
    """Worker and clock."""
    heard = dict(Heartbeat.objects.values_list("part", "at"))
    return [Beat(part, label, _age(heard.get(part), at)) for part, label in PARTS.items()]


def lines(at: datetime) -> list[Line]:
    """What waits to be done by the machine, and what it gave up."""
    queued = Notice.objects.filter(status=NoticeStatus.QUEUED)
    due = _line("letters_due", "到时未发的信件", queued.filter(next_try_at__lte=at), "queued_at", at, late=LETTER_LATE)
    waiting = _line("letters_waiting", "等待重试的信件", queued.filter(next_try_at__gt=at), "queued_at", at, late=None)
    dead = _line("letters_dead", "未送达的信件", dead_letters(), "queued_at", at, late=timedelta())
    unsealed = AuditEntry.objects.filter(seal=None)
    return [due, waiting, dead, _line("audit_unsealed", "未入链的审计记录", unsealed, "at", at, late=SEAL_LATE)]


def dead_letters() -> QuerySet[Notice]:
    """Letters that were given up after the last try."""
    return Notice.objects.filter(status=NoticeStatus.FAILED).order_by("-queued_at")


def last_run(job: str, *, at: datetime) -> timedelta | None:
    """How long ago a job last had its effect."""
    return _age(JobRun.objects.filter(job=job).order_by("-at").values_list("at", flat=True).first(), at)


def last_runs() -> list[JobRun]:
    """The latest job runs."""
    return list(JobRun.objects.order_by("-at")[:20])


def sealed() -> int:
    """How long the audit chain is."""
    return Seal.objects.order_by("-position").values_list("position", flat=True).first() or 0


def words(age: timedelta | None) -> str:
    """An age in words: 3 分钟前."""
    if age is None:
        return "从未"
    seconds = max(int(age.total_seconds()), 0)
    for size, unit in ((86_400, "天"), (3_600, "小时"), (60, "分钟")):
        if seconds >= size:
            return f"{seconds // size} {unit}前"
    return f"{seconds} 秒前"


def _line(code: str, label: str, rows: QuerySet, field: str, at: datetime, *, late: timedelta | None) -> Line:  # type: ignore[type-arg]
    found = rows.order_by().aggregate(count=Count("pk"), oldest=Min(field))
    age = _age(found["oldest"], at)
    is_late = late is not None and age is not None and age > late
    return Line(code, label, found["count"], age, is_late)


def _age(moment: datetime | None, at: datetime) -> timedelta | None:
    return None if moment is None else at - moment

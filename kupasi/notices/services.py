"""Queueing letters in the causing transaction; sending, retrying and reading them later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, models, transaction

from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.people.models import Candidate, User

from . import channels
from .enums import Channel, NoticeStatus
from .models import Heartbeat, JobRun, Notice

BACK_OFF = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter to a candidate or a user that is to be queued; its key makes it one letter for ever."""

    key: str
    kind: str
    subject: str
    body: str
    candidate: Candidate | None = None
    user: User | None = None
    url: str = ""
    over: tuple[Channel, ...] = (Channel.IN_APP, Channel.EMAIL)
    about: models.Model | None = None


def queue(
    by: Act,
    *,
    key: str,
    kind: str,
    subject: str,
    body: str,
    candidate: Candidate | None = None,
    user: User | None = None,
    url: str = "",
    over: tuple[Channel, ...] = (Channel.IN_APP, Channel.EMAIL),
    about: models.Model | None = None,
) -> None:
    """Write a letter, one row per channel that reaches the reader. The same key never makes a second letter."""
    letter = Letter(
        key=key, kind=kind, subject=subject, body=body, candidate=candidate, user=user, url=url, over=over, about=about
    )
    queue_many(by, [letter])


def queue_many(by: Act, letters: Iterable[Letter]) -> None:
    """Write letters with one statement; otherwise as `queue`."""
    rows = [row for letter in letters for row in _rows(by, letter)]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)


def _rows(by: Act, letter: Letter) -> list[Notice]:
    return [
        Notice(
            key=f"{letter.key}:{channel.value}",
            kind=letter.kind,
            channel=channel,
            candidate=letter.candidate,
            user=letter.user,
            subject=letter.subject,
            body=letter.body,
            url=letter.url,
            about_type=letter.about._meta.label_lower if letter.about is not None else "",
            about_id=str(letter.about.pk) if letter.about is not None else "",
            status=NoticeStatus.SENT if channel == Channel.IN_APP else NoticeStatus.QUEUED,
            sent_at=by.at if channel == Channel.IN_APP else None,
            next_try_at=by.at,
            queued_at=by.at,
        )
        for channel in letter.over
        if channels.reaches(channel, candidate=letter.candidate, user=letter.user)
    ]


def send_due(by: Act, *, limit: int = 200) -> int:
    """Send the letters that are due; returns how many went out. Safe to run twice at once."""
    due = Notice.objects.filter(status=NoticeStatus.QUEUED, next_try_at__lte=by.at).order_by("next_try_at")
    return sum(send_one(pk, by=by) for pk in list(due.values_list("pk", flat=True)[:limit]))


def send_one(notice_id: int, *, by: Act) -> bool:
    """Send one letter. The row is claimed by moving its next try, so that two workers never both send it."""
    with transaction.atomic():
        claimed = Notice.objects.filter(pk=notice_id, status=NoticeStatus.QUEUED, next_try_at__lte=by.at).update(
            next_try_at=by.at + BACK_OFF[0], tries=models.F("tries") + 1
        )
    if not claimed:
        return False
    notice = Notice.objects.select_related("candidate", "user").get(pk=notice_id)
    try:
        channels.deliver(notice)
    except channels.Undeliverable as problem:
        _postpone(notice, at=by.at, code=problem.code)
        return False
    Notice.objects.filter(pk=notice_id).update(status=NoticeStatus.SENT, sent_at=by.at, last_error="")
    return True


def _postpone(notice: Notice, *, at: datetime, code: str) -> None:
    """Try again later; after the last try the letter is failed and stands on the staff's call list."""
    tries = notice.tries
    if tries > len(BACK_OFF):
        Notice.objects.filter(pk=notice.pk).update(status=NoticeStatus.FAILED, last_error=code)
    else:
        Notice.objects.filter(pk=notice.pk).update(next_try_at=at + BACK_OFF[tries - 1], last_error=code)


@transaction.atomic
def replay(notice_id: int, *, by: Act) -> bool:
    """Put a letter that was given up back in the queue, with all its tries; False when it is not given up any more."""
    fresh = {"status": NoticeStatus.QUEUED, "tries": 0, "next_try_at": by.at, "last_error": ""}
    if not Notice.objects.filter(pk=notice_id, status=NoticeStatus.FAILED).update(**fresh):
        return False
    record(by, "letter.replay", Notice.objects.get(pk=notice_id))
    return True


def mark_read(user: User, *, by: Act) -> None:
    """The reader opened the letter box."""
    Notice.objects.visible_to(user).in_app().filter(read_at=None).update(read_at=by.at)


def beat(part: str, *, at: datetime) -> None:
    """Leave a sign of life."""
    Heartbeat.objects.update_or_create(part=part, defaults={"at": at})


def once(job: str, period: str, *, at: datetime) -> bool:
    """Whether this call is the first of the job for the period; call it inside the job's transaction."""
    try:
        with transaction.atomic():
            JobRun.objects.create(job=job, period=period, at=at)
    except IntegrityError:  # somebody was first: a second clock, or this one before it was set back
        return False
    return True

"""The seed of a session: made and committed to by the system, read by seating alone, revealed when all is final."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from exams.enums import SessionStatus, SittingStatus
from exams.models import ExamSession, SeatSeed, Sitting
from exams.rules.seating_file import commitment
from kupasi.acts import Act
from kupasi.audit.services import record

BITS = 256


def commit_seed(exam_session_id: int, *, by: Act) -> SeatSeed:
    """Draw the session's seed and keep its commitment, which is public at once; a second call changes nothing."""
    there = SeatSeed.objects.filter(exam_session=exam_session_id).first()
    if there is not None:
        return there
    secret = secrets.token_hex(BITS // 8)
    facts = {"secret": secret, "sha256": commitment(secret), "committed_at": by.at}
    try:
        with transaction.atomic():
            seed = SeatSeed.objects.create(exam_session_id=exam_session_id, **facts)
            record(by, "session.seed_committed", seed.exam_session, after={"sha256": seed.sha256})
    except IntegrityError:  # another process drew it at this very moment: theirs holds
        return SeatSeed.objects.get(exam_session=exam_session_id)
    return seed


@transaction.atomic
def reveal_seed(exam_session_id: int, *, by: Act) -> SeatSeed:
    """Publish the seed itself; from then on the session is not arranged as a whole any more."""
    seed = SeatSeed.objects.select_for_update().get(exam_session=exam_session_id)
    if seed.revealed_at is None:
        seed.revealed_at = by.at
        seed.save(update_fields=["revealed_at"])
        record(by, "session.seed_revealed", seed.exam_session, after={"sha256": seed.sha256})
    return seed


def to_commit() -> list[int]:
    """Sessions that have no seed yet."""
    open_ones = ExamSession.objects.exclude(status__in=[SessionStatus.CANCELLED, SessionStatus.PUBLISHED])
    return list(open_ones.filter(seed=None).values_list("pk", flat=True))


def to_reveal(*, at: datetime) -> list[int]:
    """Sessions that were arranged and of which a sitting has begun: nothing is drawn for them any more."""
    begun = Sitting.objects.filter(exam_session=OuterRef("exam_session"), starts_at__lte=at)
    waiting = SeatSeed.objects.filter(Exists(begun.exclude(status=SittingStatus.CANCELLED)), revealed_at=None)
    arranged = waiting.filter(exam_session__seating_runs__isnull=False)
    return list(arranged.order_by("exam_session").values_list("exam_session", flat=True).distinct())

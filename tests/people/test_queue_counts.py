"""The home of queues costs the same however many wait: counting stops at a thousand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kupasi import queues
from kupasi.people.models import Candidate
from tests import builders
from tests.reliability import crowd

pytestmark = pytest.mark.django_db
TODAY = builders.at("2025-05-20T09:00")


def waiting(count: int) -> queues.Line:
    """The queue of identities when so many wait, the oldest for nine days."""
    people = crowd.people(count)
    Candidate.objects.filter(pk__in=[one.pk for one in people]).update(needs_identity_review=True, created_at=TODAY)
    Candidate.objects.filter(pk=people[-1].pk).update(created_at=TODAY - timedelta(days=9))
    board = queues.board(builders.a_user("clerk"), on=TODAY.date())
    return next(line for line in board if line.queue.code == "identity-review")


def test_a_few_are_counted(notice: None) -> None:
    line = waiting(12)
    assert (line.figure, line.oldest_days) == ("12", 9)


def test_more_than_a_thousand_are_not_counted_further(notice: None) -> None:
    line = waiting(queues.MOST + 5)
    assert (line.count, line.figure, line.oldest_days) == (queues.MOST, "999+", 9)

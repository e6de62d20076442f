"""A bar is lifted or shortened by two supervisors (matrix sanction.lift)."""

from __future__ import annotations

from datetime import date

import pytest

from discipline.models import Bar
from kupasi.approvals import services as approvals
from kupasi.errors import Refusal
from tests.builders import a_candidate, a_user, act

from .test_bars import barred

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


@pytest.mark.parametrize(("until", "expected"), [("", date(2027, 7, 1)), ("2026-01-01", date(2026, 1, 1))])
def test_two_supervisors_lift_or_shorten_a_bar(until: str, expected: date) -> None:
    bar = barred(a_candidate())
    first, second = act(a_user("supervisor"), "2025-08-01T09:00"), act(a_user("supervisor"), "2025-08-02T09:00")
    asked = approvals.ask(first, kind="bar_lift", about=bar, payload={"until": until}, reason="主管部门来文")
    with pytest.raises(Refusal):
        approvals.approve(asked.pk, by=first, seen=asked.digest)
    approvals.approve(asked.pk, by=second, seen=asked.digest)
    bar = Bar.objects.get(pk=bar.pk)
    assert (bar.barred_until, bar.lifted_at is None) == (expected, bool(until))

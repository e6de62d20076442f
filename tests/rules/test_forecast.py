"""Whether work is done in time at the pace so far (rules M5)."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exams.rules.forecast import Outlook, forecast


@pytest.mark.parametrize(
    ("done", "remaining", "worked", "left", "needed", "outlook"),
    [
        (10, 0, 3, 5, 0, Outlook.DONE),
        (10, 0, 3, -2, 0, Outlook.DONE),
        (0, 10, 0, 5, None, Outlook.UNKNOWN),
        (0, 10, 1, 5, None, Outlook.LATE),
        (10, 10, 1, 0, 1, Outlook.IN_TIME),  # today is left on the due day
        (10, 11, 1, 0, 2, Outlook.LATE),
        (10, 30, 2, 5, 6, Outlook.IN_TIME),  # today and five more
        (10, 31, 2, 5, 7, Outlook.LATE),
        (99, 1, 3, -1, None, Outlook.LATE),
    ],
)
def test_the_pace_so_far_decides(
    done: int, remaining: int, worked: int, left: int, needed: int | None, outlook: Outlook
) -> None:
    answer = forecast(done=done, remaining=remaining, days_worked=worked, days_left=left)
    assert (answer.needed, answer.outlook) == (needed, outlook)


patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
amounts = st.integers(min_value=1, max_value=10_000)


@patient
@given(done=amounts, remaining=amounts, worked=st.integers(1, 40), left=st.integers(0, 40))
def test_the_days_named_suffice_and_one_less_does_not(done: int, remaining: int, worked: int, left: int) -> None:
    needed = forecast(done=done, remaining=remaining, days_worked=worked, days_left=left).needed
    assert needed is not None
    assert needed * done >= remaining * worked > (needed - 1) * done


@patient
@given(done=amounts, remaining=amounts, worked=st.integers(1, 40), left=st.integers(0, 40))
def test_more_time_never_makes_it_late(done: int, remaining: int, worked: int, left: int) -> None:
    now = forecast(done=done, remaining=remaining, days_worked=worked, days_left=left)
    later = forecast(done=done, remaining=remaining, days_worked=worked, days_left=left + 1)
    assert not (now.outlook == Outlook.IN_TIME and later.outlook == Outlook.LATE)

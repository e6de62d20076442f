"""Until when things may be done: submitting, correcting, paying, changing core data (rules C2, A1–A3)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import NamedTuple

from kupasi.dates import WorkCalendar, is_past, last_second, local_day
from kupasi.refusals import RefusalFact
from registration.enums import ApplicationStatus

EXTRA_PAYMENT_DAYS = 0  # rules A2, a setting
LATE_APPROVAL_WORKING_DAYS = 2  # decided here: the notice is silent on approvals at the window's end
WARNING_HOURS = 48  # rules A2 "told beforehand"; decided here
CORE_FIELDS = frozenset({"name", "document_kind", "document_number", "occupation"})  # rules A1
OPEN_CORE = frozenset({ApplicationStatus.DRAFT, ApplicationStatus.SUBMITTED, ApplicationStatus.RETURNED})


class PaymentDue(NamedTuple):
    """The last second at which a payment is in time, and whether it was counted over an unpublished year."""

    at: datetime
    provisional: bool


def may_submit(moment: datetime, *, opens_on: date, closes_on: date) -> bool:
    """Whether a moment lies in the window, its closing day to the last second, in Shanghai (C2)."""
    return opens_on <= local_day(moment) <= closes_on


def payment_due(
    closes_on: date,
    *,
    approved_on: date,
    calendar: WorkCalendar,
    extra_days: int = EXTRA_PAYMENT_DAYS,
    late_working_days: int = LATE_APPROVAL_WORKING_DAYS,
) -> PaymentDue:
    """When payment is due: the window's last second plus a setting in days (A2).

    Decided here, since the notice is silent: an application approved on or after the closing day has until the last
    second of the second working day after its approval, where that is later, so that nobody lapses unasked.
    """
    regular = closes_on + timedelta(days=extra_days)
    if approved_on < closes_on:
        return PaymentDue(last_second(regular), False)
    late = calendar.add_working_days(approved_on, late_working_days)
    if late.on <= regular:
        return PaymentDue(last_second(regular), False)
    return PaymentDue(last_second(late.on), late.provisional)


def has_lapsed(moment: datetime, due_at: datetime, *, status: str) -> bool:
    """Whether an approved application is out of time: unpaid after the due second (A2); a paid one never lapses."""
    return status == ApplicationStatus.APPROVED and is_past(moment, due_at)


def lapse_warning_at(due_at: datetime, *, hours: int = WARNING_HOURS) -> datetime:
    """From when an unpaid candidate is warned: 48 hours before the due second (A2)."""
    return due_at - timedelta(hours=hours)


def correction_due(closes_on: date, *, extended_until: date | None = None) -> datetime:
    """The last second for correcting a returned application: the window's, or one person's extension (A3)."""
    return last_second(max(closes_on, extended_until) if extended_until else closes_on)


def judge_correction(moment: datetime, closes_on: date, *, extended_until: date | None = None) -> RefusalFact | None:
    """`correction_over` after that second; otherwise None. Nobody else's window is touched by an extension (A3)."""
    if not is_past(moment, correction_due(closes_on, extended_until=extended_until)):
        return None
    message = "补正时间已过，请在下一个申报时间段重新申报；有特殊情况的，请联系业务受理点。"
    return RefusalFact("correction_over", message, "通知 附件1")


def judge_core_change(status: str, changed: Collection[str]) -> RefusalFact | None:
    """`core_frozen` when name, document or occupation would change after approval (A1); otherwise None."""
    if status in OPEN_CORE or not CORE_FIELDS.intersection(changed):
        return None
    message = "审核通过后，姓名、证件和申报职业不能直接修改，请提出变更申请，由另一位工作人员核准。"
    return RefusalFact("core_frozen", message, "须知 一")

"""How a case runs: who may act, and until when (rules S8)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from discipline.rules.clauses import ClauseFact
from kupasi.dates import Deadline, WorkCalendar
from kupasi.refusals import RefusalFact

HEARING_WORKING_DAYS = 5
REVIEW_DAYS = 15
RECORDERS = 2
EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)  # of acts and bars: outside them a year was mistyped
PROCEDURE = "本单位规定：违纪处理程序"


def hearing_until(noticed_on: date, calendar: WorkCalendar, *, days: int = HEARING_WORKING_DAYS) -> Deadline:
    """The last day for the person's statement: five working days after the notice of the intended decision (S8)."""
    return calendar.add_working_days(noticed_on, days)


def review_until(served_on: date, *, days: int = REVIEW_DAYS) -> date:
    """The last day, included, on which a review may be asked for: 15 days after the decision was served (S8)."""
    return served_on + timedelta(days=days)


def judge_recorders(people: Collection[int]) -> RefusalFact | None:
    """`second_recorder_missing` unless two different people recorded the case on site (S8)."""
    if len(set(people)) >= RECORDERS:
        return None
    return RefusalFact("second_recorder_missing", "现场记录须由两名工作人员共同完成，请补充另一人。", "须知")


def judge_times(act_at: datetime, reminded_at: datetime | None, *, now: datetime) -> list[RefusalFact]:
    """`bad_time` for an act that is to come or before `EARLIEST`; `reminder_late` for a reminder after the act (S2)."""
    if act_at > now or act_at.year < EARLIEST.year:
        return [RefusalFact("bad_time", "行为时间不能晚于现在，年份也要写对，请核对。", PROCEDURE)]
    if reminded_at is not None and (reminded_at > act_at or reminded_at.year < EARLIEST.year):
        message = "提醒要在行为之前：提醒后仍不改正的才适用，请核对提醒时间。"
        return [RefusalFact("reminder_late", message, "须知 二")]
    return []


def judge_span(first: date, last: date) -> RefusalFact | None:
    """`days_order` for a bar that ends before it begins, `bad_date` for days that no letter of an authority names."""
    if last < first:
        return RefusalFact("days_order", "截止日不能早于起始日，请按来文核对。", "须知 三、四")
    if first < EARLIEST or last > LATEST:
        message = f"日期要在 {EARLIEST} 至 {LATEST} 之间，请按来文核对年份。"
        return RefusalFact("bad_date", message, "须知 三、四")
    return None


def judge_confirmer(
    person: int, *, recorded_by: Collection[int], of_a_room: bool, head: int | None, is_office: bool
) -> RefusalFact | None:
    """Who confirms a record (S8): of a room the head of its site on its day, of anything found later the office.

    `head` is None where nobody is entered for that site and day: `no_site_head`. Where the head is one of the two who
    recorded, the office confirms instead. Otherwise `same_person`, `not_site_head`, `not_office`.
    """
    if person in recorded_by:
        return RefusalFact("same_person", "记录人不能代考核点负责人确认，请由另一人确认。", "须知")
    if not of_a_room:
        message = "事后发现的事项由受理人员核对后确认，请交由未参与记录的受理人员。"
        return None if is_office or person == head else RefusalFact("not_office", message, PROCEDURE)
    if head is None:
        message = "考核点当天的负责人还没有登记，请先在“当日考务人员”中登记，再由负责人确认。"
        return RefusalFact("no_site_head", message, PROCEDURE)
    if person == head or (is_office and head in recorded_by):
        return None
    message = "现场记录由当天的考核点负责人确认；负责人本人是记录人的，由未参与记录的受理人员确认。"
    return RefusalFact("not_site_head", message, PROCEDURE)


def judge_decider(person: int, *, recorded_by: Collection[int], examined_by: Collection[int]) -> RefusalFact | None:
    """`same_person` when the person who decides has recorded or examined the case (S8)."""
    if person not in recorded_by and person not in examined_by:
        return None
    return RefusalFact("same_person", "记录或调查过该事项的人员不能作出决定，请交由另一位主管。", "须知")


def judge_deciders(clause: ClauseFact, people: Collection[int]) -> RefusalFact | None:
    """`second_decider_missing` when a decision under 须知 四 has fewer than two deciders; else one is enough (S8)."""
    if len(set(people)) >= (2 if clause.tier == 4 else 1):
        return None
    return RefusalFact(
        "second_decider_missing", "须知 四的处理决定须由两位主管作出，请另一位主管确认。", clause.citation
    )


def judge_hearing(on: date, *, hearing_ends_on: date, answered: bool) -> RefusalFact | None:
    """`hearing_open` while the time to be heard runs and the person has neither spoken nor waived it (S8)."""
    if answered or on > hearing_ends_on:
        return None
    message = f"陈述申辩期至 {hearing_ends_on}（含当日），期满、收到陈述或本人放弃后方可决定。"
    return RefusalFact("hearing_open", message, "须知 末段")

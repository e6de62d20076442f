"""How a case runs: who may act, and until when (rules S8)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from discipline.rules.clauses import ClauseFact
from kupasi.dates import Deadline, WorkCalendar
from kupasi.refusals import RefusalFact

HEARING_WORKING_DAYS = 5
REVIEW_DAYS = 15
RECORDERS = 2


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

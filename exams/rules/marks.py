"""Marks: what may be entered, when two entries agree, what a subject's outcome is (rules M1–M4, T5)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from exams.enums import MarkStatus
from kupasi.refusals import RefusalFact

PASS_MARK = Decimal("60")  # rules M1
HIGHEST_MARK = Decimal("100")
CLAUSE = "通知 三"
NUMERIC = re.compile(r"-?(?:0|[1-9][0-9]{0,3})(?:\.([0-9]+))?")

Outcome = Literal["passed", "failed", "absent", "held", "cancelled", "missing"]
State = Literal["waiting", "settled", "difference"]


@dataclass(frozen=True, slots=True)
class MarkAnswer:
    """A mark read from text, or the reason why it is none."""

    value: Decimal | None
    errors: tuple[RefusalFact, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryFact:
    """What one person entered for one subject of one candidate; `person` is any stable id of that person."""

    person: int
    status: str
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """Where the entries of one subject stand; status and value are given once they are settled."""

    state: State
    status: str = ""
    value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class SubjectFact:
    """One subject as the publication gate sees it."""

    settlement: Settlement
    held: bool = False


def parse_mark(text: str) -> MarkAnswer:
    """A mark of 0–100 with at most one decimal, from text that is exactly that (M1).

    Codes: mark_format (anything but plain digits and one point), mark_range, mark_decimals. Nothing is rounded,
    trimmed or converted: what was meant is asked for again.
    """
    found = NUMERIC.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return MarkAnswer(
            None, (_error("mark_format", "成绩只能是半角数字，如 82 或 82.5，前后不留空格，请重新录入。"),)
        )
    value = Decimal(text)
    if not 0 <= value <= HIGHEST_MARK or text.startswith("-"):
        return MarkAnswer(None, (_error("mark_range", "成绩应在 0 至 100 之间，请核对后重新录入。"),))
    if len(found[1] or "") > 1:
        return MarkAnswer(None, (_error("mark_decimals", "成绩最多一位小数，且不作取舍，请核对后重新录入。"),))
    return MarkAnswer(value)


def judge_entry(status: str, value: Decimal | None) -> RefusalFact | None:
    """Whether status and mark fit together (M2): a normal one needs a mark, an absence must not have one.

    Codes: mark_missing, absent_with_mark, unknown_status. A held or cancelled subject may carry a mark or none.
    """
    if status not in list(MarkStatus):
        return _error("unknown_status", "没有这种成绩状态，请从列出的状态中选择。")
    if status == MarkStatus.NORMAL and value is None:
        return _error("mark_missing", "请录入成绩；未参加考试的，请明确标为缺考。")
    if status == MarkStatus.ABSENT and value is not None:
        return _error("absent_with_mark", "缺考者不能有成绩，请核对是缺考还是有成绩。")
    return None


def is_pass(value: Decimal, *, pass_mark: Decimal = PASS_MARK) -> bool:
    """Whether a mark passes: 60 and above, never rounded up (M1)."""
    return value >= pass_mark


def subject_outcome(status: str, value: Decimal | None, *, pass_mark: Decimal = PASS_MARK) -> Outcome:
    """What one subject came to (M1, M2): a mark counts only while its status is normal."""
    if status == MarkStatus.NORMAL:
        if value is None:
            return "missing"
        return "passed" if is_pass(value, pass_mark=pass_mark) else "failed"
    outcomes: Mapping[str, Outcome] = {
        MarkStatus.ABSENT: "absent",
        MarkStatus.BREACH: "held",
        MarkStatus.CANCELLED: "cancelled",
    }
    return outcomes.get(status, "missing")


def settle(entries: Sequence[EntryFact]) -> Settlement:
    """Where the entries of one subject stand, in the order in which they were made (M3).

    None or one: waiting. Two that agree in status and mark: settled. Two that differ: difference, until a later
    entry agrees with one of the earlier ones; an entry that agrees with neither leaves the difference open.
    """
    if len(entries) < 2:
        return Settlement("waiting")
    seen: list[tuple[str, Decimal | None]] = []
    for entry in entries:
        if (entry.status, entry.value) in seen:
            return Settlement("settled", entry.status, entry.value)
        seen.append((entry.status, entry.value))
    return Settlement("difference")


def judge_marker(person: int, entries: Iterable[EntryFact]) -> RefusalFact | None:
    """`same_person` when this person has already entered the subject, or there is nothing left to enter (M3)."""
    made = list(entries)
    if any(entry.person == person for entry in made):
        return _error("same_person", "同一科目的成绩须由不同人员分别录入，请交由另一位人员录入。")
    if settle(made).state == "settled":
        return _error("already_settled", "该科目成绩已核对一致，不需要再录入。")
    return None


def judge_publisher(person: int, marked_by: Collection[int]) -> RefusalFact | None:
    """`same_person` when this person entered any of the marks to be published (M3)."""
    if person in marked_by:
        return _error("same_person", "录入过本批成绩的人员不能发布，请交由另一位人员发布。")
    return None


def judge_publication(subjects: Mapping[str, SubjectFact]) -> tuple[RefusalFact, ...]:
    """What keeps one candidate's results from being published (M4): marks_missing, marks_differ, result_held."""
    states = {fact.settlement.state for fact in subjects.values()}
    reasons = []
    if "waiting" in states or not subjects:
        reasons.append(_error("marks_missing", "还有科目的成绩没有录满两次，请先完成录入。"))
    if "difference" in states:
        reasons.append(_error("marks_differ", "两次录入的成绩不一致，请先由第三人核定。"))
    if any(fact.held or fact.settlement.status == MarkStatus.BREACH for fact in subjects.values()):
        reasons.append(_error("result_held", "有违纪记录正在处理，该参评人员的成绩暂缓发布。"))
    return tuple(reasons)


def _error(code: str, message: str) -> RefusalFact:
    return RefusalFact(code, message, CLAUSE)

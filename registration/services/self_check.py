"""资格自查: the rules' answers about window, age and document, put side by side; nothing is read about anybody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from exams.rules.calendar import WindowFact, find_window, judge_window
from kupasi.dates import local_day
from kupasi.people.rules import judge_document
from kupasi.refusals import RefusalFact
from registration.rules import ApplicantFacts, eligibility


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """One line of the answer: what was looked at, whether it is fine, the sentence and its clause."""

    title: str
    ok: bool
    sentence: str
    clause: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The conclusion: a sentence and the tone in which it is shown."""

    sentence: str
    tone: str


def check(
    *,
    birth_date: date,
    at: datetime,
    windows: Sequence[WindowFact],
    minimum_age: int,
    kind: str = "",
    number: str = "",
) -> list[CheckAnswer]:
    """The lines in reading order: window, age, and the document where one was given."""
    answers = [_window(at, windows), *_person(birth_date, at, windows, minimum_age)]
    if kind and number:
        judged = judge_document(kind, number, on=local_day(at), birth_date=birth_date)
        answers += _lines("证件号码", judged.errors, good="号码格式和校验位正确，与出生日期不矛盾。", clause="须知 一")
    return answers


def verdict(answers: Iterable[CheckAnswer]) -> Verdict:
    """What the lines mean together: yes, later (nothing but time is missing), or not like this."""
    codes = {answer.code for answer in answers if not answer.ok}
    if not codes:
        return Verdict("现在就可以申报。登录后还会核对是否重复申报、是否已持证等情况。", "good")
    if codes == {"no_open_window"}:
        return Verdict("条件符合，等下一个申报时间段开始就可以申报。", "warn")
    if codes <= {"no_open_window", "too_young"}:
        return Verdict("现在还不能申报，请看下面说明的时间。", "warn")
    return Verdict("按所填内容还不能申报，请先核对下面标出的项目。", "bad")


def _window(at: datetime, windows: Sequence[WindowFact]) -> CheckAnswer:
    refusal = judge_window(at, windows)
    if refusal:
        return _refused("申报时间", refusal)
    window = find_window(local_day(at), windows).window
    words = ""
    if window:
        until, month = window.closes_on, window.exam_month
        words = f"，{until.month}月{until.day}日 24:00 截止，对应 {month.year}年{month.month}月的评价"
    return CheckAnswer("申报时间", True, f"现在可以申报{words}。", "通知 附件1")


def _person(birth_date: date, at: datetime, windows: Sequence[WindowFact], age: int) -> list[CheckAnswer]:
    today = local_day(at)
    window = find_window(today, windows).window
    judged = eligibility(ApplicantFacts(birth_date, today, window.exam_month if window else None), age=age)
    return _lines("年龄", judged.refusals, good=f"今天已满 {age} 周岁。", clause="通知 二(一)")


def _lines(title: str, refusals: Sequence[RefusalFact], *, good: str, clause: str) -> list[CheckAnswer]:
    if not refusals:
        return [CheckAnswer(title, True, good, clause)]
    return [_refused(title, refusal) for refusal in refusals]


def _refused(title: str, refusal: RefusalFact) -> CheckAnswer:
    return CheckAnswer(title, False, refusal.message, refusal.clause, refusal.code)

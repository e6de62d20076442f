"""Retakes (通知 四; rules section 7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from exams.enums import EntrySource
from exams.rules.fees import NOTICE_FEES
from exams.rules.marks import PASS_MARK, is_pass
from kupasi.dates import add_years
from kupasi.refusals import RefusalFact

RETAKE_YEARS = 2  # 通知 四(一)

MarkOrStatus = Decimal | Literal["absent", "cancelled"]


@dataclass(frozen=True, slots=True)
class RetakeAnswer:
    """Whether a retake may be applied for, which subjects it takes, until when, and what it costs (None if refused)."""

    allowed: bool
    subjects: tuple[str, ...]
    valid_until: date | None
    fee: Decimal | None
    refusals: tuple[RefusalFact, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptPassFact:
    """A passed subject that waits for the others: its occupation, level and the exam day on which it was passed."""

    subject: str
    occupation: str
    level: str
    passed_on: date


@dataclass(frozen=True, slots=True)
class SchemeAnswer:
    """The subjects to sit under the present exam mode, or the reason why staff have to decide."""

    subjects: tuple[str, ...]
    refusal: RefusalFact | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a person stands in an occupation since the last full sitting: what a retake would take, or why there is none.

    `required` are the subjects of that full sitting and its exam `mode`; `passed` maps each subject passed since to its
    exam day. `held` says that a result is held back (rules S9).
    """

    required: tuple[str, ...]
    passed: Mapping[str, date]
    mode: int = 1
    held: bool = False
    source: str = EntrySource.REGULAR

    @property
    def failed(self) -> tuple[str, ...]:
        """The subjects not passed: failed, absent or cancelled (T5)."""
        return tuple(one for one in self.required if one not in self.passed)


def judge_standing(
    standing: Standing,
    *,
    on: date,
    present_mode: int = 1,
    scheme: Mapping[str, Sequence[str]] | None = None,
    years: int = RETAKE_YEARS,
) -> RetakeAnswer:
    """What may be retaken on a day (T1–T3, T5–T7); the fee is the price list's affair and stays None.

    Several kept passes run out with the earliest of them (T3: after that, all subjects again). Codes: those of
    `retake`; result_held while a result is held back; scheme_missing where staff decide (T6).
    """
    if standing.held:
        return _refused("result_held", "有成绩暂缓公布，处理完毕后再申请补考；期限不足的请联系我们。", "须知 末段")
    marks: dict[str, MarkOrStatus] = {
        one: PASS_MARK if one in standing.passed else "absent" for one in standing.required
    }
    answer = retake(
        marks,
        passed_on=min(standing.passed.values(), default=None),
        applied_on=on,
        source=standing.source,
        fees=dict.fromkeys(standing.required, Decimal("0.00")),
        years=years,
    )
    if not answer.allowed:
        return answer
    mapped = subjects_under_scheme(
        answer.subjects, mode=str(standing.mode), present_mode=str(present_mode), scheme=scheme
    )
    if mapped.refusal:
        return RetakeAnswer(False, (), answer.valid_until, None, (mapped.refusal,))
    left = tuple(one for one in mapped.subjects if one not in standing.passed)
    if not left:
        return _refused("retake_nothing_failed", "所有科目均已合格，无需补考。", "通知 四(一)", answer.valid_until)
    return RetakeAnswer(True, left, answer.valid_until, None)


def retake_deadline(passed_on: date, *, years: int = RETAKE_YEARS) -> date:
    """Last day, included, on which a retake may be applied for (通知 四(一)); 29 February ends on the 28th."""
    return add_years(passed_on, years)


def retake(
    marks: Mapping[str, MarkOrStatus],
    *,
    passed_on: date | None,
    applied_on: date,
    source: str = EntrySource.REGULAR,
    fees: Mapping[str, Decimal] = NOTICE_FEES,
    pass_mark: Decimal = PASS_MARK,
    pass_marks: Mapping[str, Decimal] | None = None,
    years: int = RETAKE_YEARS,
) -> RetakeAnswer:
    """Whether the failed subjects may be retaken on the day of application (T1–T3, T5, T7).

    Absent counts as failed; so does a cancelled subject, for it was not passed. `passed_on` is the exam day of the
    passed subject and may be None when there is none; `pass_marks` names subjects with a pass mark of their own.
    Codes: retake_competition, retake_none_passed, retake_nothing_failed, retake_expired.
    """
    needed = pass_marks or {}
    failed = tuple(one for one, mark in marks.items() if not _passed(mark, needed.get(one, pass_mark)))
    if source == EntrySource.COMPETITION and failed:
        return _refused("retake_competition", "竞赛成绩不合格不能补考，请重新申报全部科目。", "通知 四(四)")
    if len(failed) == len(marks) or (passed_on is None and failed):
        return _refused("retake_none_passed", "没有合格的科目，不能只补考，请重新申报全部科目。", "通知 四(一)")
    valid_until = retake_deadline(passed_on, years=years) if passed_on else None
    if not failed or valid_until is None:
        return _refused("retake_nothing_failed", "所有科目均已合格，无需补考。", "通知 四(一)", valid_until)
    if applied_on > valid_until:
        message = f"补考有效期已于 {valid_until} 结束，请重新申报全部科目。"
        return _refused("retake_expired", message, "通知 四(一)", valid_until)
    fee = sum((fees[subject] for subject in failed), Decimal("0.00"))
    return RetakeAnswer(True, failed, valid_until, fee)


def passes_given_up(
    kept: Iterable[KeptPassFact], *, occupation: str, level: str, confirmed_on: date, years: int = RETAKE_YEARS
) -> tuple[KeptPassFact, ...]:
    """The kept passes that a new full application gives up on the day it is confirmed by payment (T4, 通知 四(二)).

    Same occupation and level, still within their two years; drafts, withdrawn, rejected and lapsed ones give up
    nothing, so ask only for a confirmed application, or to warn before one.
    """
    return tuple(
        item
        for item in kept
        if (item.occupation, item.level) == (occupation, level)
        and confirmed_on <= retake_deadline(item.passed_on, years=years)
    )


def subjects_under_scheme(
    failed: Sequence[str], *, mode: str, present_mode: str, scheme: Mapping[str, Sequence[str]] | None
) -> SchemeAnswer:
    """The subjects to sit when the exam mode has changed: the published scheme old → new applies (T6, 通知 四(三)).

    Refuses with `scheme_missing` where no mapping covers a failed subject: staff decide.
    """
    if mode == present_mode:
        return SchemeAnswer(tuple(failed))
    if scheme is None or any(not scheme.get(subject) for subject in failed):
        message = "考核模式已有变化，补考方案尚未覆盖该科目，请联系业务受理点确定补考科目。"
        return SchemeAnswer((), RefusalFact("scheme_missing", message, "通知 四(三)"))
    return SchemeAnswer(tuple(dict.fromkeys(new for subject in failed for new in scheme[subject])))


def _passed(mark: MarkOrStatus, pass_mark: Decimal) -> bool:
    return isinstance(mark, Decimal) and is_pass(mark, pass_mark=pass_mark)


def _refused(code: str, message: str, clause: str, valid_until: date | None = None) -> RetakeAnswer:
    return RetakeAnswer(False, (), valid_until, None, (RefusalFact(code, message, clause),))

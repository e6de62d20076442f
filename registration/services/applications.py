"""Applications from draft to the desk: submit, submit again, withdraw (通知 二; rules C2, E1–E7, P2, A2–A4)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Prefetch, prefetch_related_objects

from exams.enums import EntryKind
from exams.models import Occupation, Window
from exams.rules import FeeAnswer, fee_on, judge_window
from exams.services import places
from exams.services.calendar import public_windows
from kupasi.acts import Act
from kupasi.audit.services import gathered
from kupasi.errors import Refusal, raise_first
from kupasi.people.roles import may
from kupasi.refusals import RefusalFact
from registration.enums import OPEN, ApplicationStatus, Step
from registration.models import Application, ApplicationItem, LateAdmission
from registration.models.applications import ApplicationQuerySet
from registration.rules import eligibility, judge_giving_up

from . import facts, letters, questions, retake_facts
from .drafts import (
    Identity,
    judge_in_time,
    keep_present_photo,
    open_steps,
    photo_returned,
    save_identity,
    save_photo,
    save_pledge,
    save_retake,
    save_subjects,
    start_draft,
)
from .money import close_order, first_order, is_unpaid
from .moves import lock, lock_draft, move_to
from .numbering import application_number
from .sheet import token

__all__ = [
    "Identity",
    "hand_in",
    "keep_present_photo",
    "open_steps",
    "photo_returned",
    "resubmit",
    "save_identity",
    "save_photo",
    "save_pledge",
    "save_retake",
    "save_subjects",
    "start_draft",
    "submit",
    "withdraw",
]

S = ApplicationStatus
FIXED = ("window", "exam_session", "number", "submitted_at", "fee_total", "gives_up")
ITEMS = Prefetch("items", ApplicationItem.objects.select_related("subject"))


@dataclass(frozen=True, slots=True)
class _Case:
    """What the rules answered about a draft that may be submitted."""

    occupation: Occupation
    window: Window
    fee: FeeAnswer
    exam_session: int
    late: LateAdmission | None = None
    gives_up: str = ""
    kept: tuple[int, ...] = ()


@transaction.atomic
def submit(application_id: int, *, by: Act, gives_up: str = "", certificate_reason: str = "") -> Application:
    """Submit a complete draft inside an open window; repeating it returns what was submitted.

    The day of `by.at` decides window, age and price. `gives_up` is the sentence in which the person gave up kept
    passes (rules T4); `certificate_reason` is heeded from staff at the counter only (rules E7).
    Refuses, all reasons together: incomplete, pledge_outdated, condition_missing, no_open_window, too_young, barred,
    duplicate_application, open_application, holds_certificate, no_fee, give_up_unconfirmed, for a retake those of
    `judge_standing` and retake_changed; before them by a look, after them by the conditional UPDATE that is the guard:
    full; session_cancelled, wrong_status.
    """
    return _submit(lock_draft(application_id), by=by, gives_up=gives_up, certificate_reason=certificate_reason)


@transaction.atomic
def hand_in(application_id: int, *, among: ApplicationQuerySet, seen: str, by: Act, gives_up: str = "") -> Application:
    """Submit a draft, or a corrected application again, as its sheet was looked at: `seen` is its `sheet.token`.

    `among` are the rows that the person may reach; another's is `Application.DoesNotExist`. Refuses with
    `sheet_changed` where the sheet says something else by now, and as `submit` and `resubmit` do.
    """
    application = lock_draft(application_id, among)
    if application.status in (S.DRAFT, S.RETURNED) and seen != token(application):
        raise Refusal("sheet_changed", "内容已在别处修改，请重新核对后再提交。")
    if application.status == S.RETURNED:
        return _resubmit(application, by=by)
    return _submit(application, by=by, gives_up=gives_up)


def _submit(application: Application, *, by: Act, gives_up: str, certificate_reason: str = "") -> Application:
    """Judge a locked draft, fix what is fixed, write it with its order and letter, and take the place last."""
    if application.number and application.status in OPEN | {S.CONCLUDED}:
        return application
    if application.status != S.DRAFT:
        raise Refusal("wrong_status", "这份申报已经结束，不能提交，请重新开始申报。")
    excused = bool(certificate_reason) and by.actor is not None and may(by.actor, "app.create_counter")
    prefetch_related_objects([application], ITEMS)  # read once: judged, priced, and put on the order
    case = _judge(application, by=by, gives_up=gives_up, excused=excused)
    _fix(application, case, by=by)
    with gathered():
        with doubles_refused():
            action = "application.submitted"
            move_to(application, S.SUBMITTED, by=by, action=action, reason=certificate_reason, only=FIXED)
        if case.late is not None:
            LateAdmission.objects.filter(pk=case.late.pk).update(application=application)
        first_order(application, by=by)
    letters.submitted(application, by=by)
    places.take(case.exam_session)
    return application


@transaction.atomic
def resubmit(application_id: int, *, by: Act) -> Application:
    """Hand a corrected application in again, inside the window or the person's own extension (rules A3).

    Repeating it returns the application. Refuses with items_open, correction_over, wrong_status.
    """
    return _resubmit(lock(application_id), by=by)


def _resubmit(application: Application, *, by: Act) -> Application:
    if application.status == S.SUBMITTED:
        return application
    if application.status != S.RETURNED:
        raise Refusal("wrong_status", "这份申报不在退回补正中，请刷新页面查看最新进度。")
    judge_in_time(application, by=by)
    waiting = application.returned_items.filter(resolved_at=None)
    if waiting.exists():
        names = "、".join(step.label for step in Step if waiting.filter(step=step).exists())
        raise Refusal("items_open", f"还有退回的项目没有补正：{names}。", "通知 二(二)")
    application.correct_until = None
    move_to(application, S.SUBMITTED, by=by, action="application.resubmitted")
    letters.resubmitted(application, by=by)
    return application


@transaction.atomic
def withdraw(application_id: int, *, by: Act, reason: str = "") -> Application:
    """Withdraw before payment; the place is free again (rules A4). Repeating it returns the application.

    Refuses with `paid_no_refund` once money has come in, `wrong_status` after an end.
    """
    application = lock(application_id)
    if application.status == S.WITHDRAWN:
        return application
    judge_withdrawal(application)
    submitted_before = bool(application.number)
    move_to(application, S.WITHDRAWN, by=by, action="application.withdrawn", reason=reason)
    close_order(application, by=by)
    if submitted_before:
        letters.withdrawn(application, by=by)
    return application


@transaction.atomic
def judge_withdrawal(application: Application) -> None:
    """Whether it can still be withdrawn by oneself. Refuses with `paid_no_refund` once money has come in."""
    if application.status == S.CONFIRMED or not is_unpaid(application):
        message = (
            "这份申报已有缴费，不能自行撤回。缴费后除评价场次取消或改期外不退费；"
            "有特殊情况的，请联系业务受理点说明理由。"
        )
        raise Refusal("paid_no_refund", message, "须知 一")


def _judge(application: Application, *, by: Act, gives_up: str, excused: bool) -> _Case:
    """Ask every rule about a draft and refuse with all reasons together."""
    occupation, person = application.occupation, (application.candidate_id, application.occupation_id)
    traces = facts.traces(*person, on=by.on, besides=application.pk)
    told = facts.briefing(application.occupation_id, on=by.on)
    late = facts.late_admission(*person, on=by.on) if traces.admitted_late else None
    window, seen = (late.window, None) if late else (told.window, told)
    session, is_full = facts.session_of(occupation, window, seen) if occupation and window else (0, False)
    if is_full and not traces.applied:
        raise places.full()
    found = list(_gaps(application, told))
    if window is None:
        closed = judge_window(by.at, public_windows())
        found += [closed] if closed else []
    month = window.exam_month if window else None
    applicant = facts.applicant(
        application.candidate, occupation=occupation, on=by.on, exam_month=month, besides=application.pk,
        excused=excused, found=traces,
    )  # fmt: skip
    found += eligibility(applicant, age=told.minimum_age).refusals
    kept, against = retake_facts.judge(application, on=by.on)
    found += against
    fee, stake = None, 0
    if occupation is not None and window is not None:
        codes = [item.subject.code for item in application.items.all()]
        fee = fee_on(by.on, told.prices, codes)
        if traces.entered and application.kind == EntryKind.FULL:
            stake = len(facts.kept_at_stake(application.candidate, occupation, on=by.on))
        giving_up = judge_giving_up(stake, confirmed=gives_up)
        found += [*fee.refusals, *([giving_up] if giving_up else [])]
    raise_first(found)
    if occupation is None or window is None or fee is None:
        raise AssertionError("the rules let an incomplete draft pass")
    return _Case(occupation, window, fee, session, late, gives_up.strip()[:300] if stake else "", tuple(kept))


def _gaps(application: Application, told: facts.Briefing) -> Iterator[RefusalFact]:
    """What the four steps still lack, and a pledge whose text was replaced meanwhile."""
    complete = {
        Step.IDENTITY: bool(application.name and application.document_id and application.education),
        Step.PHOTO: bool(application.photo_id),
        Step.SUBJECTS: bool(application.occupation_id and application.items.all()),
        Step.PLEDGE: bool(application.pledged_at and application.pledge_id),
    }
    for step, done in complete.items():
        if not done:
            message = f"“{step.label}”还没有填完，请回到这一步补充。"
            yield RefusalFact("incomplete", message, "须知 一", {"step": step.value})
    if application.occupation is not None and complete[Step.PLEDGE]:
        if not told.conditions <= set(application.conditions):
            yield RefusalFact("condition_missing", "申报条件有更新，请重新逐条确认。", "通知 二(一)")
        if told.pledge not in (None, application.pledge_id):
            yield RefusalFact("pledge_outdated", "承诺书内容已更新，请阅读新版后重新勾选。", "须知 一")
    if application.occupation is not None and not application.occupation.is_active:
        yield RefusalFact("unknown_occupation", "该职业已停止申报，请选择其他职业。", "通知 一")


def _fix(application: Application, case: _Case, *, by: Act) -> None:
    """Fix what submission fixes: window, session, number, moment, and the price of the day (rules C2, P2)."""
    application.window = case.window
    application.exam_session_id = case.exam_session
    application.number = application_number(application.pk, by.on)
    application.submitted_at = by.at
    application.fee_total = case.fee.total
    application.gives_up = case.gives_up
    if application.kind == EntryKind.RETAKE:
        application.kept_marks.set(case.kept)
    amounts = {item.subject: item.amount for item in case.fee.items}
    rows = list(application.items.all())
    given: dict[str, int | Decimal] = {}
    for at, row in enumerate(rows):
        row.amount = amounts[row.subject.code]
        given |= {f"item{at}": row.pk, f"amount{at}": row.amount}
    questions.amounts_of(len(rows))(application=application.pk, **given)


@contextmanager
def doubles_refused() -> Iterator[None]:
    """The database's own word on a second application, as a refusal; the caller's transaction is rolled back."""
    try:
        yield
    except IntegrityError as error:
        text = str(error)
        if "one_live_application" in text or "exam_session_id" in text:
            message = "您在该评价月已申报过这一职业，请在“我的申报”中查看，无需重复提交。"
            raise Refusal("duplicate_application", message, "通知 二(二)") from error
        if "one_open_application" in text or "occupation_id" in text:
            message = "您有一份这一职业的申报尚未出成绩，请等成绩确定后再申报。"
            raise Refusal("open_application", message, "通知 二(二)") from error
        raise

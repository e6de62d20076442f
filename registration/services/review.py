"""Review: approve, send back, reject; the signed original; more time for one person (通知 二(一), 须知 一; rules 4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from exams.services import entries
from exams.services.calendar import work_calendar
from exams.services.settings import number
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.dates import is_past, last_second
from kupasi.errors import Refusal
from registration.enums import ApplicationStatus, Step
from registration.models import Application, Order, ReturnedItem
from registration.rules import correction_due, payment_due

from . import judging, money
from . import office_letters as letters
from .moves import lock, move_to

S = ApplicationStatus
PASSED = frozenset({S.APPROVED, S.CONFIRMED, S.CONCLUDED})
TAKES_ORIGINAL = frozenset({S.SUBMITTED, S.APPROVED, S.CONFIRMED})
REASON_LENGTH = 200


@transaction.atomic
def approve(application_id: int, *, by: Act, reason: str = "") -> Application:
    """Approve a submitted application; payment is due by the rule of A2, and one already paid is confirmed at once.

    `reason` says why in spite of what the checklist found (rules E7). Repeating it returns what is there.
    Refuses with `wrong_status`, `four_eyes`, `identity_review`, `reason_needed`.
    """
    application = lock(application_id)
    if application.status in PASSED:
        return application
    _other_person(application, by=by)
    _expect(application, S.SUBMITTED)
    _judge_checklist(application, reason=reason)
    in_group = application.institution_id is not None  # its roster's order is opened when all of it is reviewed
    application.pay_until = None if in_group else due_after(_closes_on(application), by=by)
    _signed(application, reason=reason, by=by)
    move_to(application, S.APPROVED, by=by, action="application.approved", reason=reason)
    if in_group:
        letters.approved_in_group(application, by=by)
    elif not money.confirm_if_paid(application, by=by):
        letters.approved(application, Order.objects.get(application=application), by=by)
    return application


def due_after(closes_on: date, *, by: Act) -> datetime:
    """Until when what is approved now has to be paid (rules A2)."""
    return payment_due(
        closes_on,
        approved_on=by.on,
        calendar=work_calendar(),
        extra_days=number("payment_extra_days"),
        late_working_days=number("payment_grace_working_days"),
    ).at


@transaction.atomic
def send_back(application_id: int, *, items: Mapping[str, str], by: Act, until: date | None = None) -> Application:
    """Return an application with a reason per step; only these parts open again (rules A3).

    Correcting ends with the window; after its end `until` gives this person a day of its own. An original already
    handed in is void, since the form will be printed and signed anew. Refuses with `wrong_status`, `four_eyes`,
    `reason_missing`, `correction_over`.
    """
    application = lock(application_id)
    _other_person(application, by=by)
    _expect(application, S.SUBMITTED)
    reasons = _reasons(items)
    application.correct_until = correction_due(_closes_on(application), extended_until=until)
    if is_past(by.at, application.correct_until):
        raise Refusal("correction_over", "申报时间已截止，请给出一个补正截止日期再退回。", "通知 附件1")
    had_original, application.original_at, application.original_by = application.original_at, None, None
    _signed(application, reason="", by=by)
    rows = [
        ReturnedItem.objects.create(
            application=application, step=step, reason=text, returned_at=by.at, returned_by=by.person
        )
        for step, text in reasons.items()
    ]
    summary = "；".join(f"{step.label}：{text}" for step, text in reasons.items())
    move_to(application, S.RETURNED, by=by, action="application.returned", reason=summary)
    if had_original is not None:
        record(by, "application.original_void", application, before={"original_at": had_original})
    letters.returned(application, rows, by=by)
    return application


@transaction.atomic
def reject(application_id: int, *, reason: str, by: Act) -> Application:
    """Refuse an application for good, with a reason; its place is free again.

    Refuses with `wrong_status`, `four_eyes`, `reason_missing`.
    """
    application = lock(application_id)
    if application.status == S.REJECTED:
        return application
    _other_person(application, by=by)
    text = _reason(reason)
    _signed(application, reason=text, by=by)
    move_to(application, S.REJECTED, by=by, action="application.rejected", reason=text)
    money.close_order(application, by=by)
    letters.rejected(application, text, by=by)
    return application


@transaction.atomic
def receive_original(application_id: int, *, by: Act) -> Application:
    """Record that the signed original of the 报名表 is in, and pass it on to the exams (须知 一; rules E3).

    Repeating it returns what is there. Refuses with `wrong_status` for a draft, a returned or an ended application.
    """
    application = lock(application_id)
    if application.original_at is not None:
        return application
    if application.status not in TAKES_ORIGINAL:
        words = S(application.status).label
        message = f"这份申报现在是“{words}”，不能登记原件。退回补正的，请等本人重新提交后交新打印的报名表。"
        raise Refusal("wrong_status", message, "须知 一")
    application.original_at, application.original_by = by.at, by.actor
    application.save(update_fields=["original_at", "original_by"])
    record(by, "application.original_received", application, after={"original_at": by.at})
    if application.entry_id is not None:
        entries.papers_received(application.entry_id, by=by)
    letters.original_in(application, by=by)
    return application


@transaction.atomic
def extend_correction(application_id: int, *, until: date, reason: str, by: Act) -> Application:
    """Give one person more time to correct, without opening the window for anybody else (rules A3).

    `until` is the last day, included. Refuses with `wrong_status`, `reason_missing`, `until_past`.
    """
    application = lock(application_id)
    _expect(application, S.RETURNED)
    text, before = _reason(reason), application.correct_until
    due = last_second(until)
    if is_past(by.at, due) or (before is not None and due < before):
        raise Refusal("until_past", "新的截止日期不能早于今天，也不能早于原来的截止日期。", "通知 附件1")
    if due == before:
        return application
    application.correct_until = due
    application.save(update_fields=["correct_until"])
    was, now = {"correct_until": before}, {"correct_until": due}
    record(by, "application.correction_extended", application, before=was, after=now, reason=text)
    letters.extended(application, by=by)
    return application


def _other_person(application: Application, *, by: Act) -> None:
    """Whoever entered it does not judge it (matrix app.review; constraint reviewed_by_another)."""
    person = by.person.pk
    if person in (application.created_by_id, application.candidate.user_id):
        raise Refusal("four_eyes", "自己录入或自己的申报要由另一位工作人员审核。", "通知 二(二)")


def _judge_checklist(application: Application, *, reason: str) -> None:
    """Who a person is, is settled first (rules E8); other problems need a reason to approve all the same (rules E7)."""
    if application.candidate.needs_identity_review:
        raise Refusal("identity_review", judging.IDENTITY.detail, judging.IDENTITY.clause)
    found = judging.problems(application)
    if found and not reason.strip():
        words = "、".join(item.label for item in found)
        raise Refusal("reason_needed", f"核对清单中有问题（{words}）。仍要通过的，请写明理由。", found[0].clause)


def _expect(application: Application, status: ApplicationStatus) -> None:
    if application.status != status:
        words = S(application.status).label
        raise Refusal("wrong_status", f"这份申报现在是“{words}”，不能办理这项操作，请刷新后再看。")


def _closes_on(application: Application) -> date:
    if application.window is None:
        raise Refusal("wrong_status", "这份申报还没有提交。", "通知 附件1")
    return application.window.closes_on


def _signed(application: Application, *, reason: str, by: Act) -> None:
    application.reviewed_at, application.reviewed_by = by.at, by.person
    application.review_reason = reason[:300]


def _reason(text: str) -> str:
    plain = " ".join(text.split())
    if not plain or len(plain) > REASON_LENGTH or not plain.isprintable():
        raise Refusal("reason_missing", f"请写明原因，最多 {REASON_LENGTH} 个字；本人会看到这段话。", "须知 一")
    return plain


def _reasons(items: Mapping[str, str]) -> dict[Step, str]:
    """The returned steps in the order of the form, each with its reason."""
    if not items or not set(items) <= set(Step):
        raise Refusal("reason_missing", "请至少选择一个退回的项目，并写明原因。", "须知 一")
    return {step: _reason(items[step]) for step in Step if step in items}

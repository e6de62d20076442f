"""Applications through their services: what is refused, what is fixed, what may be repeated."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from certificates.enums import CertificateStatus
from certificates.models import Certificate
from discipline.models import Bar
from exams.models import Entry, ExamSession, Fee, Occupation, OccupationCondition, Subject
from kupasi.audit.models import Entry as AuditEntry
from kupasi.errors import Refusal, Refusals
from kupasi.notices.models import Notice
from kupasi.people.models import Candidate, Consent, ConsentText, User
from registration.enums import ApplicationStatus, Channel, OrderStatus, Step
from registration.models import Application, Order, ReturnedItem
from registration.services import applications
from registration.services.moves import lock, move_to
from tests.builders import a_candidate, a_draft, act, an_application, at, photo_bytes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
S = ApplicationStatus


def refused(error: Refusal) -> set[str]:
    """The codes of a refusal."""
    return {fact.code for fact in error.facts} if isinstance(error, Refusals) else {str(error.code)}


def codes_of_submitting(draft: Application, when: str = "2025-05-20T09:00", **kwargs: str) -> set[str]:
    with pytest.raises(Refusal) as caught:
        applications.submit(draft.pk, by=act(draft.candidate.user, when), **kwargs)
    return refused(caught.value)


def returned(*steps: Step, when: str = "2025-05-21T10:00") -> Application:
    """An application that the desk sent back."""
    application = an_application()
    clerk = User.objects.create(username=f"clerk-{application.pk}")
    for step in steps:
        ReturnedItem.objects.create(
            application=application, step=step, reason="请更正", returned_at=at(when), returned_by=clerk
        )
    return move_to(lock(application.pk), S.RETURNED, by=act(clerk, when), action="application.returned")


# --- drafts --------------------------------------------------------------------------------------------------------


def test_a_person_has_one_draft() -> None:
    person = a_candidate()
    first = applications.start_draft(person, by=act(person.user))
    assert applications.start_draft(person, by=act(person.user)).pk == first.pk


def test_the_counter_takes_over_the_draft_of_the_web(clerk: User) -> None:
    draft = a_draft()
    taken = applications.start_draft(draft.candidate, by=act(clerk), channel=Channel.COUNTER)
    assert (taken.pk, taken.channel, taken.created_by) == (draft.pk, Channel.COUNTER, clerk)


def test_a_draft_remembers_each_step_and_the_pledge_with_its_text_time_and_address() -> None:
    draft = a_draft()
    assert set(draft.done_steps) == {step.value for step in Step}
    assert (draft.pledged_at, draft.pledged_from) == (at("2025-05-20T09:00"), "127.0.0.1")
    assert Consent.objects.get(candidate=draft.candidate).text == draft.pledge


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("张三\n李四", "name_chars"),
        ("<script>alert(1)</script>", "name_chars"),
        ("{{7*7}}{% debug %}", "name_chars"),
        ("张\u202e三", "name_chars"),
        ("-张三", "name_chars"),
        ("=cmd|' /C calc'!A0", "name_chars"),
        ("", "name_length"),
        ("甲" * 51, "name_length"),
    ],
)
def test_a_name_that_is_none_is_refused(name: str, code: str) -> None:
    draft = a_draft()
    identity = applications.Identity(name=name, education="bachelor")
    with pytest.raises(Refusal) as caught:
        applications.save_identity(draft.pk, by=act(draft.candidate.user), identity=identity)
    assert code in refused(caught.value)


@pytest.mark.parametrize(
    ("name", "stored"), [("阿卜杜拉•买买提", "阿卜杜拉·买买提"), ("㐂𠮷龘", "㐂𠮷龘"), (" 张 三 ", "张三")]
)
def test_a_name_is_stored_in_its_one_form(name: str, stored: str) -> None:
    draft = a_draft()
    identity = applications.Identity(name=name, education="bachelor")
    saved = applications.save_identity(draft.pk, by=act(draft.candidate.user), identity=identity)
    assert (saved.name, Candidate.objects.get(pk=draft.candidate_id).name) == (stored, stored)


def test_a_name_is_frozen_once_an_application_was_approved(clerk: User) -> None:
    application = an_application()
    move_to(lock(application.pk), S.APPROVED, by=act(clerk), action="application.approved")
    draft = applications.start_draft(application.candidate, by=act(application.candidate.user))
    identity = applications.Identity(name="别名", education="bachelor")
    with pytest.raises(Refusal) as caught:
        applications.save_identity(draft.pk, by=act(application.candidate.user), identity=identity)
    assert caught.value.code == "core_frozen"


@pytest.mark.parametrize(
    ("occupation", "subjects", "code"),
    [
        ("no-such", None, "unknown_occupation"),
        ("data-annotation", ["theory", "theory"], "subject_repeated"),
        ("data-annotation", ["theory"], "subjects_incomplete"),
        ("data-annotation", ["theory", "oral"], "unknown_subject"),
    ],
)
def test_subjects_that_do_not_fit_are_refused(occupation: str, subjects: list[str] | None, code: str) -> None:
    draft = a_draft()
    with pytest.raises(Refusal) as caught:
        applications.save_subjects(draft.pk, by=act(), occupation=occupation, subjects=subjects)
    assert caught.value.code == code


def test_another_occupation_asks_for_its_own_conditions() -> None:
    draft = a_draft()
    saved = applications.save_subjects(draft.pk, by=act(), occupation="model-application")
    assert (saved.conditions, Step.PLEDGE in saved.done_steps, saved.items.count()) == ([], False, 2)


def test_every_condition_is_declared_and_the_pledge_is_the_one_in_force() -> None:
    draft = a_draft()
    texts = list(OccupationCondition.objects.values_list("text", flat=True))
    for conditions, version, code in [([], 1, "condition_missing"), (texts, None, "pledge_missing"),
                                      (texts, 9, "pledge_outdated")]:  # fmt: skip
        with pytest.raises(Refusal) as caught:
            applications.save_pledge(draft.pk, by=act(), conditions=conditions, pledge_version=version)
        assert caught.value.code == code


# --- submitting ----------------------------------------------------------------------------------------------------


def test_a_complete_draft_is_submitted_with_window_session_number_and_price() -> None:
    application = an_application()
    assert (application.status, application.fee_total) == (S.SUBMITTED, Decimal("480.00"))
    assert application.window is not None
    assert application.exam_session is not None
    assert application.exam_session.exam_month == date(2025, 7, 1)
    assert sorted(item.amount for item in application.items.all() if item.amount) == [Decimal("95"), Decimal("385")]
    assert ExamSession.objects.get().taken == 1
    assert Order.objects.get(application=application).total == Decimal("480.00")
    assert Notice.objects.filter(kind="application.submitted", candidate=application.candidate).exists()
    assert AuditEntry.objects.filter(action="application.submitted", object_id=str(application.pk)).count() == 1


def test_a_repeated_submission_returns_what_is_there() -> None:
    first = an_application()
    again = applications.submit(first.pk, by=act(first.candidate.user, "2025-05-20T09:01"))
    assert (again.number, again.submitted_at) == (first.number, first.submitted_at)
    assert Order.objects.count() == 1


@pytest.mark.parametrize("when", ["2025-05-16T00:00:00", "2025-06-15T23:59:59", "2025-06-15T23:59:59.900000"])
def test_the_first_and_the_last_second_of_a_window_count(when: str) -> None:
    assert an_application(when=when).submitted_at == at(when)


@pytest.mark.parametrize("when", ["2024-12-31T23:59:59.900000", "2026-01-01T00:00:00.100000"])
def test_one_second_outside_is_refused(when: str) -> None:
    draft = a_draft()
    assert codes_of_submitting(draft, when) == {"no_open_window"}
    assert not Order.objects.exists()
    assert not ExamSession.objects.exists()


def test_all_reasons_are_told_together() -> None:
    person = a_candidate(birth=date(2010, 6, 1))
    draft = applications.start_draft(person, by=act(person.user))
    assert codes_of_submitting(draft, "2026-01-02T09:00") == {"incomplete", "no_open_window", "too_young"}


def test_sixteen_on_the_day_is_old_enough_and_a_day_before_is_not() -> None:
    draft = a_draft(a_candidate(birth=date(2009, 5, 21)))
    assert codes_of_submitting(draft) == {"too_young"}
    assert applications.submit(draft.pk, by=act(when="2025-05-21T00:00")).status == S.SUBMITTED


def test_a_second_application_while_one_is_open_is_refused() -> None:
    first = an_application()
    assert codes_of_submitting(a_draft(first.candidate)) == {"duplicate_application"}
    later = "2025-06-20T09:00"
    assert codes_of_submitting(a_draft(first.candidate, when=later), later) == {"open_application"}


def test_both_occupations_in_one_month_are_allowed() -> None:
    first = an_application()
    assert an_application(first.candidate, occupation="model-application").status == S.SUBMITTED


def bar(person: Candidate, first: date, last: date) -> None:
    Bar.objects.create(
        candidate=person, barred_from=first, barred_until=last, source="样例", recorded_at=at("2025-01-01")
    )


def test_a_bar_to_the_end_of_the_exam_month_refuses_and_one_that_ends_within_does_not() -> None:
    inside, within = a_candidate(), a_candidate()
    bar(inside, date(2025, 1, 1), date(2025, 7, 31))
    bar(within, date(2025, 1, 1), date(2025, 7, 30))
    assert codes_of_submitting(a_draft(inside)) == {"barred"}
    assert an_application(within).status == S.SUBMITTED


def certified(person: Candidate) -> None:
    occupation = Occupation.objects.get(code="data-annotation")
    session = ExamSession.objects.create(occupation=occupation, exam_month=date(2025, 3, 1))
    entry = Entry.objects.create(exam_session=session, candidate=person, created_at=at("2025-03-01"))
    Certificate.objects.create(
        candidate=person, occupation=occupation, entry=entry, status=CertificateStatus.WAITING, title="证书",
        name=person.name, document=person.documents.get(), level="专项", qualified_on=date(2025, 3, 1),
        created_at=at("2025-03-01"),
    )  # fmt: skip


def test_a_holder_of_the_certificate_is_refused_unless_staff_give_a_reason(clerk: User) -> None:
    draft = a_draft()
    certified(draft.candidate)
    assert codes_of_submitting(draft, certificate_reason="我想再考一次") == {"holds_certificate"}
    allowed = applications.submit(draft.pk, by=act(clerk), certificate_reason="原证书姓名有误，经核准重考")
    assert AuditEntry.objects.get(action="application.submitted", object_id=str(allowed.pk)).reason


def test_the_price_is_that_of_the_day_and_stays() -> None:
    first = an_application()
    theory = Subject.objects.get(occupation__code="data-annotation", code="theory")
    Fee.objects.create(subject=theory, amount=Decimal("100.00"), effective_from=date(2025, 5, 21))
    assert an_application(when="2025-05-21T09:00").fee_total == Decimal("485.00")
    assert Application.objects.get(pk=first.pk).fee_total == Decimal("480.00")


def test_a_pledge_replaced_meanwhile_is_asked_for_again() -> None:
    draft = a_draft()
    ConsentText.objects.create(kind="pledge", version=2, text="新的承诺", effective_from=date(2025, 5, 20))
    assert codes_of_submitting(draft) == {"pledge_outdated"}


def test_a_full_session_refuses_and_keeps_the_draft() -> None:
    an_application()
    ExamSession.objects.update(capacity=1)
    draft = a_draft()
    assert codes_of_submitting(draft) == {"full"}
    draft.refresh_from_db()
    assert (draft.status, draft.number, Order.objects.count()) == (S.DRAFT, None, 1)


# --- after submission ----------------------------------------------------------------------------------------------


def test_withdrawing_before_payment_gives_the_place_back_and_closes_the_order() -> None:
    application = an_application()
    gone = applications.withdraw(application.pk, by=act(application.candidate.user))
    assert (gone.status, gone.ended_at) == (S.WITHDRAWN, at("2025-05-20T09:00"))
    assert ExamSession.objects.get().taken == 0
    assert Order.objects.get().status == OrderStatus.CLOSED
    assert an_application(application.candidate).status == S.SUBMITTED


def test_a_withdrawn_application_is_not_submitted_again() -> None:
    application = an_application()
    applications.withdraw(application.pk, by=act())
    assert codes_of_submitting(application) == {"wrong_status"}


def test_after_a_payment_nobody_withdraws_alone() -> None:
    application = an_application()
    Order.objects.update(paid=Decimal("100.00"), status=OrderStatus.PART)
    with pytest.raises(Refusal) as caught:
        applications.withdraw(application.pk, by=act(application.candidate.user))
    assert caught.value.code == "paid_no_refund"


def test_only_the_returned_steps_open_again() -> None:
    application = returned(Step.PHOTO)
    assert applications.open_steps(application) == {Step.PHOTO}
    with pytest.raises(Refusal) as caught:
        applications.save_subjects(application.pk, by=act(), occupation="data-annotation")
    assert caught.value.code == "wrong_status"


def test_a_corrected_application_goes_back_to_the_desk_with_its_place() -> None:
    application = returned(Step.PHOTO)
    with pytest.raises(Refusal) as caught:
        applications.resubmit(application.pk, by=act(when="2025-05-22T09:00"))
    assert caught.value.code == "items_open"
    with pytest.raises(Refusal) as caught:
        applications.keep_present_photo(application.pk, by=act(when="2025-05-22T09:00"))
    assert caught.value.code == "photo_missing"
    applications.save_photo(application.pk, by=act(when="2025-05-22T09:00"), data=photo_bytes(ground="#f4f4f4"))
    again = applications.resubmit(application.pk, by=act(when="2025-05-22T09:00"))
    assert (again.status, ExamSession.objects.get().taken) == (S.SUBMITTED, 1)


@pytest.mark.parametrize(
    ("until", "when", "code"),
    [
        (None, "2025-06-15T23:59:59", ""),
        (None, "2025-06-16T00:00:00", "correction_over"),
        ("2025-06-18T23:59:59", "2025-06-18T23:59:59", ""),
        ("2025-06-18T23:59:59", "2025-06-19T00:00:00", "correction_over"),
    ],
)
def test_correcting_ends_with_the_window_or_the_own_extension(until: str | None, when: str, code: str) -> None:
    application = returned(Step.PHOTO)
    Application.objects.update(correct_until=at(until) if until else None)
    if not code:
        assert Step.PHOTO in applications.save_photo(application.pk, by=act(when=when), data=photo_bytes()).done_steps
        return
    with pytest.raises(Refusal) as caught:
        applications.save_photo(application.pk, by=act(when=when), data=photo_bytes())
    assert caught.value.code == code

"""A session or sitting called off or moved: told, chosen once, refunded whole, no money moves twice (rules A4)."""

from __future__ import annotations

import pytest
from django.db import transaction

from exams.enums import SessionStatus
from exams.models import AdmissionTicket, Entry, ExamSession, Seat, Sitting
from exams.services import tickets
from kupasi.notices.models import Notice
from kupasi.people.models import Candidate, User
from registration.enums import NEXT_CHOICE
from registration.enums import ApplicationStatus as S
from registration.enums import ChoiceStatus as C
from registration.models import Application, Refund
from registration.services import choices, disruptions, invariants
from registration.services.status import next_step
from tests.approvals.steps import approved, refused
from tests.builders import a_user, act, at
from tests.exams.seating import a_session, seat_all
from tests.registration import desk, group
from tests.registration.desk import FULL, order_of

from .disrupting import AFTER, LAST, WHEN, called_off, choice_of, confirmed, decided, owed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice", "at_work")]


@pytest.fixture
def at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages and previews ask what day it is."""
    monkeypatch.setattr("kupasi.clock.now", lambda: at(WHEN))


@pytest.fixture
def paid(clerk: User, finance: User) -> Application:
    application = confirmed(clerk, finance)
    seat_all(a_session())
    return Application.objects.get(pk=application.pk)


def chosen(application: Application, option: str, *, by: User | None = None, when: str = WHEN) -> Application:
    choices.choose(choice_of(application).pk, option=option, by=act(by or application.candidate.user, when))
    return Application.objects.get(pk=application.pk)


def swept(when: str) -> None:
    for pk in choices.silent(at(when).date()).values_list("pk", flat=True):
        choices.settle_silence(pk, by=act(when=when))


def test_a_cancelled_session_frees_every_seat_and_asks_everybody(paid: Application) -> None:
    disruption = called_off(paid.exam_session)
    session, entry = ExamSession.objects.get(pk=paid.exam_session_id), Entry.objects.get(pk=paid.entry_id)
    assert (session.status, entry.status) == (SessionStatus.CANCELLED, "enrolled")
    assert set(Sitting.objects.values_list("status", "taken")) == {("cancelled", 0)}
    assert not Seat.objects.exclude(sitting=None).exists()
    assert (choice_of(paid).status, str(disruption.answer_until)) == (C.OPEN, "2025-07-08")
    assert Notice.objects.filter(candidate=paid.candidate, kind="disruption_open").count() == 1
    assert invariants.broken() == []


@pytest.mark.parametrize("kind", ["session", "sitting"])
def test_nobody_is_offered_a_new_arrangement_that_is_not_there(paid: Application, kind: str) -> None:
    if kind == "session":
        called_off(paid.exam_session)
    else:
        decided("sitting_cancel", Sitting.objects.order_by("starts_at").first())
    letter = Notice.objects.filter(candidate=paid.candidate, kind="disruption_open").latest("pk").body
    says = next_step(Application.objects.get(pk=paid.pk)).say
    offered = kind == "sitting"
    assert [("接受新安排" in one) for one in (letter, says)] == [offered, offered]
    assert ("请不要前往考核点" in letter) is not offered


def test_a_refund_is_asked_in_the_persons_name_and_paid_whole_once(paid: Application, finance: User) -> None:
    called_off(paid.exam_session)
    done = chosen(paid, "refund")
    assert (done.status, chosen(done, "refund").status) == (S.CANCELLED, S.CANCELLED)
    assert owed(paid).asked_by == paid.candidate.user
    for _ in range(2):
        approved(owed(paid), by=finance, when=WHEN)
    refund, order = Refund.objects.get(), order_of(paid)
    assert (refund.amount, order.paid, order.refunded) == (FULL, FULL, FULL)
    assert invariants.broken() == []


def test_who_moves_keeps_papers_money_and_number_and_gets_a_new_version(paid: Application) -> None:
    tickets.issue(paid.entry_id, by=act(when="2025-07-01T08:00"))
    number = AdmissionTicket.objects.get().number
    called_off(paid.exam_session)
    assert AdmissionTicket.objects.get().status == "revoked"
    done = chosen(paid, "month:2025-09")
    entry = Entry.objects.get(pk=paid.entry_id)
    assert (str(done.exam_session.exam_month), entry.exam_session_id) == ("2025-09-01", done.exam_session_id)
    assert (done.status, done.exam_session.taken, ExamSession.objects.get(pk=paid.exam_session_id).taken) == (
        S.CONFIRMED,
        1,
        0,
    )
    seat_all(a_session(on="2025-09-13"))
    version = tickets.issue(entry.pk, by=act(when="2025-09-10T08:00"))
    assert (version.ticket.number, version.version) == (number, 2)
    assert "2025-07-12 改为 2025-09-13" in Notice.objects.filter(kind="ticket").latest("pk").body
    assert invariants.broken() == []


def test_silence_after_a_cancelled_session_means_the_fee_goes_back(paid: Application, finance: User) -> None:
    disruption = called_off(paid.exam_session)
    swept(LAST)
    assert choice_of(paid).status == C.OPEN
    swept(AFTER)
    swept(AFTER)
    assert (choice_of(paid).status, owed(paid).asked_by) == (C.REFUND, disruption.asked_by)
    approved(owed(paid), by=finance, when=AFTER)
    assert Refund.objects.get().amount == FULL


def test_too_late_is_refused_and_the_first_choice_stands(paid: Application) -> None:
    called_off(paid.exam_session)
    with refused("too_late"):
        chosen(paid, "refund", when=AFTER)
    chosen(paid, "month:2025-09", when=LAST)
    with refused("wrong_status"):
        chosen(paid, "refund", when=LAST)


def test_nobody_stays_in_a_session_that_is_gone_and_no_month_is_invented(paid: Application) -> None:
    called_off(paid.exam_session)
    with refused("no_place"):
        chosen(paid, "keep")
    for month in ("month:2025-07", "month:2027-01", "month:x", ""):
        with refused("unknown_option"):
            chosen(paid, month)


def test_a_full_month_is_not_offered_and_not_oversold(paid: Application) -> None:
    target = ExamSession.objects.create(occupation=paid.occupation, exam_month="2025-09-01", capacity=1, taken=1)
    called_off(paid.exam_session)
    with refused("unknown_option"):
        chosen(paid, "month:2025-09")
    with refused("full"):
        choices.transfer(paid, target.pk, by=act(when=WHEN), reason="x")


def test_a_session_moved_whole_takes_everybody_along(paid: Application, clerk: User) -> None:
    waiting = desk.approved(clerk, submitted_at="2025-05-21T09:00", when="2025-05-22T10:00")
    target = ExamSession.objects.create(occupation=paid.occupation, exam_month="2025-09-01")
    called_off(paid.exam_session, target=target)
    states = [Application.objects.get(pk=one.pk) for one in (paid, waiting)]
    assert {one.exam_session_id for one in states} == {target.pk}
    assert (choice_of(paid).status, choice_of(waiting).status) == (C.OPEN, C.KEPT)
    assert ExamSession.objects.get(pk=target.pk).taken == 2
    swept(AFTER)
    assert (choice_of(paid).status, Application.objects.get(pk=paid.pk).status) == (C.KEPT, S.CONFIRMED)
    assert invariants.broken() == []


def test_who_has_not_paid_ends_with_the_session_and_owes_nothing(paid: Application, clerk: User) -> None:
    unpaid = desk.approved(clerk, submitted_at="2025-05-21T09:00", when="2025-05-22T10:00")
    called_off(paid.exam_session)
    assert Application.objects.get(pk=unpaid.pk).status == S.CANCELLED
    assert (choice_of(unpaid).status, order_of(unpaid).status) == (C.ENDED, "closed")


def test_part_of_the_money_goes_back_whole_too(paid: Application, clerk: User, finance: User) -> None:
    partly = desk.approved(clerk, submitted_at="2025-05-21T09:00", when="2025-05-22T10:00")
    desk.pay(partly, finance, amount=FULL / 4, reference="PART")
    called_off(paid.exam_session)
    assert choice_of(partly).status == C.REFUND
    approved(owed(partly), by=finance, when=WHEN)
    assert Refund.objects.get().amount == FULL / 4


def test_a_moved_sitting_asks_its_people_and_silence_goes_along(paid: Application) -> None:
    sitting = Sitting.objects.order_by("starts_at").first()
    payload = {"starts": "2025-07-20T09:00", "ends": "2025-07-20T11:00", "room": sitting.room_id}
    disruption = decided("sitting_move", sitting, payload)
    assert str(Sitting.objects.get(pk=sitting.pk).on) == "2025-07-20"
    assert (choice_of(paid).status, Seat.objects.filter(sitting=sitting).count()) == (C.OPEN, 1)
    assert "2025-07-20 09:00" in disruption.after
    swept(AFTER)
    assert (choice_of(paid).status, Application.objects.get(pk=paid.pk).status) == (C.KEPT, S.CONFIRMED)


def test_a_sitting_moved_near_leaves_time_until_the_day_before(paid: Application) -> None:
    sitting = Sitting.objects.order_by("starts_at").first()
    payload = {"starts": "2025-07-05T09:00", "ends": "2025-07-05T11:00", "room": sitting.room_id}
    assert str(decided("sitting_move", sitting, payload).answer_until) == "2025-07-04"


def test_a_cancelled_sitting_sends_its_people_back_to_be_arranged(paid: Application) -> None:
    session = a_session(room="第二考场")
    first = Sitting.objects.filter(seats__isnull=False).order_by("starts_at").first()
    decided("sitting_cancel", first)
    assert Entry.objects.get(pk=paid.entry_id).status == "enrolled"
    seat_all(session)
    swept(AFTER)
    assert Entry.objects.get(pk=paid.entry_id).status == "seated"
    assert not Seat.objects.filter(sitting=first).exists()
    assert invariants.broken() == []


def test_a_session_that_has_begun_is_not_called_off(paid: Application) -> None:
    from kupasi import clock

    with pytest.MonkeyPatch.context() as patch, refused("started"):
        patch.setattr(clock, "now", lambda: at("2025-07-12T10:00"))
        called_off(paid.exam_session, when="2025-07-12T10:00")


def test_a_second_disruption_replaces_the_open_choice(paid: Application) -> None:
    sitting = Sitting.objects.order_by("starts_at").first()
    payload = {"starts": "2025-07-20T09:00", "ends": "2025-07-20T11:00", "room": sitting.room_id}
    decided("sitting_move", sitting, payload)
    first = choice_of(paid)
    called_off(paid.exam_session)
    first.refresh_from_db()
    assert (first.status, choice_of(paid).status) == (C.REPLACED, C.OPEN)


def test_an_institution_chooses_for_its_people_and_gets_each_fee_back(finance: User) -> None:
    filed = group.confirmed(2)
    one, two = filed.people
    Candidate.objects.filter(pk=one.candidate_id).update(user=a_user("candidate"))
    one.refresh_from_db()
    called_off(one.exam_session)
    with refused("not_own"):
        chosen(one, "refund")
    done = chosen(one, "refund", by=filed.approver)
    chosen(two, "month:2025-09", by=filed.approver)
    approved(owed(done), by=finance, when=WHEN)
    order = filed.order
    assert (Refund.objects.get().application, order.refunded, order.total) == (one, FULL, FULL)
    assert invariants.broken() == []


def test_the_sweep_tells_whom_the_request_left_over(paid: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disruptions, "AT_ONCE", 0)
    called_off(paid.exam_session)
    assert choice_of(paid).status == C.DUE
    told = [disruptions.tell(pk, by=act(when=WHEN)) for pk in [choice_of(paid).pk] * 2]
    assert (told, choice_of(paid).status) == ([True, False], C.OPEN)


def test_one_person_cannot_call_off_a_session_alone(paid: Application) -> None:
    from tests.approvals.steps import asked

    clerk = a_user("clerk")
    proposal = asked("session_off", paid.exam_session, {"target": None}, by=clerk, when=WHEN)
    with refused("four_eyes"):
        approved(proposal, by=clerk, when=WHEN)
    with refused("not_allowed"):
        asked("session_off", paid.exam_session, {"target": None}, by=a_user("finance"), when=WHEN)


def test_twin_without_the_table_of_moves_who_moved_is_paid_out_as_well(
    paid: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    called_off(paid.exam_session)
    done = chosen(paid, "month:2025-09")
    with refused("wrong_status"), transaction.atomic():
        choices.refund(choice_of(paid), done, by=act(when=AFTER))
    monkeypatch.setitem(NEXT_CHOICE, C.MOVED, {C.REFUND})
    choice = choice_of(paid)
    choice.target = None
    choices.refund(choice, Application.objects.get(pk=paid.pk), by=act(when=AFTER))
    assert owed(paid).payload == {"amount": "480.00"}

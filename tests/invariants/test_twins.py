"""Each invariant is broken on purpose and named; what is broken keeps the results back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from certificates.models import Certificate, NumberUse
from discipline import services as discipline
from discipline.models import Bar
from exams.enums import EntryStatus, MarkStatus
from exams.models import AdmissionTicket, Entry, ExamSession, Mark, MarkEntry, RoomRecord, Seat, Sitting
from exams.services import publication
from kupasi.audit.models import Entry as AuditEntry
from kupasi.errors import Refusal
from kupasi.notices.models import Notice
from registration.models import Application, Order
from registration.services import invariants, review
from tests import builders
from tests.certificates.made import issued
from tests.exams.marking import all_marked, an_exam, everybody_came, publish_now
from tests.exams.seating import DAY, a_session, enrolled, seat_all
from tests.registration import desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


def codes() -> set[str]:
    """What does not hold now."""
    return {one.code for one in invariants.broken()}


def a_world() -> None:
    """A paid and seated person with a ticket, and a holder of a certificate; nothing is broken."""
    issued()
    Sitting.objects.update(taken=1)  # made without the counter
    application = desk.submitted(occupation="model-application")
    review.approve(application.pk, by=builders.act(builders.a_user("clerk"), "2025-05-21T10:00"))
    desk.pay(application, builders.a_user("finance"))
    session = a_session(on="2025-07-13", room="第二考场", occupation="model-application")
    application.refresh_from_db()
    assert application.entry is not None
    Entry.objects.filter(pk=application.entry_id).update(papers_in_at=builders.at("2025-06-01T09:00"))
    seat_all(session)
    Entry.objects.filter(pk=application.entry_id).update(status=EntryStatus.TICKETED)
    AdmissionTicket.objects.create(entry=application.entry, number="250701010099", version=1)
    assert codes() == set()


def a_bar(recorded: str) -> None:
    """On everybody's exam and issue days, known since then."""
    for one in [*Certificate.objects.all(), *Application.objects.all()]:
        Bar.objects.create(
            candidate=one.candidate,
            barred_from=date(2025, 7, 1),
            barred_until=date(2025, 12, 31),
            source="来文",
            recorded_at=builders.at(recorded),
        )


def publisher_marked() -> None:
    entered = MarkEntry.objects.first()
    assert entered is not None
    Mark.objects.filter(seat=entered.seat).update(published_by=builders.a_user("publisher"))
    MarkEntry.objects.filter(pk=entered.pk).update(entered_by=Mark.objects.get(seat=entered.seat).published_by)


def one_paper_short() -> None:
    """A closed room whose count nobody else confirmed."""
    sitting = Sitting.objects.filter(status="closed")[0]
    times = {"started_at": sitting.starts_at, "ended_at": sitting.ends_at, "at": sitting.ends_at}
    by = builders.a_user("invigilator")
    RoomRecord.objects.create(sitting=sitting, present=1, papers=0, reason="少一份", by=by, **times)


def in_order(**change: object) -> Callable[[], object]:
    return lambda: Order.objects.update(**change)


BREAKS: list[tuple[str, Callable[[], object]]] = [
    ("paid_follows_ledger", in_order(paid=Decimal("1.00"))),
    ("paid_follows_ledger", in_order(refunded=Decimal("1.00"))),
    ("places_counted", lambda: ExamSession.objects.update(taken=7)),
    ("seats_counted", lambda: Sitting.objects.update(taken=0)),
    ("closed_rooms_counted", lambda: Sitting.objects.filter(status="closed").update(came=0)),
    ("room_count_confirmed", one_paper_short),
    ("ticket_has_seat", lambda: Seat.objects.update(sitting=None, number=None)),
    ("ticket_has_seat", lambda: Entry.objects.filter(status="ticketed").update(status="enrolled")),
    ("seat_is_confirmed", lambda: Application.objects.update(status="approved")),
    ("confirmed_is_paid", in_order(total=Decimal("900.00"))),
    ("entry_is_confirmed", lambda: Entry.objects.filter(status="ticketed").update(status="cancelled")),
    ("no_sitting_in_bar", lambda: a_bar("2025-06-01T09:00")),
    ("publisher_entered_none", publisher_marked),
    ("certificate_is_earned", lambda: Mark.objects.update(status=MarkStatus.CANCELLED)),
    ("certificate_is_earned", lambda: Mark.objects.update(value=Decimal("59.9"))),
    ("no_bar_at_issue", lambda: a_bar("2025-07-20T09:00")),
    ("certificate_number_once", lambda: NumberUse.objects.all().delete()),
]


@pytest.mark.parametrize(("code", "harm"), BREAKS, ids=[f"{code}-{place}" for place, (code, _) in enumerate(BREAKS)])
def test_a_broken_invariant_is_named(code: str, harm: Callable[[], object]) -> None:
    a_world()
    harm()
    assert code in codes()


def test_a_bar_that_was_not_known_yet_breaks_nothing() -> None:
    a_world()
    a_bar("2025-09-01T09:00")
    assert codes() == set()


def test_what_a_constraint_holds_cannot_be_broken_at_all() -> None:
    a_world()
    first = Application.objects.get()
    double = Application.objects.get()
    double.pk, double.number, double.entry = None, "SB2500000001", None
    double.status = "approved"
    with pytest.raises(IntegrityError, match=r"candidate_id|one_open|one_live"), transaction.atomic():
        double.save(force_insert=True)
    assert first.candidate_id == double.candidate_id
    tickets = AdmissionTicket.objects.order_by("pk")
    assert len(tickets) > 1
    with pytest.raises(IntegrityError), transaction.atomic():  # ticket_number_once
        AdmissionTicket.objects.filter(pk=tickets[0].pk).update(number=tickets[1].number)


def test_what_is_broken_keeps_the_results_back() -> None:
    exam = an_exam()
    everybody_came(exam)
    all_marked(exam, "80", "85")
    ExamSession.objects.filter(pk=exam.session.pk).update(taken=7)
    with pytest.raises(Refusal) as refusal:
        publish_now(exam, builders.a_user("publisher"))
    assert refusal.value.code == "data_inconsistent"
    assert "places_counted" in refusal.value.message
    ExamSession.objects.filter(pk=exam.session.pk).update(taken=0)
    publish_now(exam, builders.a_user("publisher"))


def test_without_the_gate_they_would_go_out(monkeypatch: pytest.MonkeyPatch) -> None:
    exam = an_exam()
    everybody_came(exam)
    all_marked(exam, "80", "85")
    ExamSession.objects.filter(pk=exam.session.pk).update(taken=7)
    monkeypatch.setattr(publication, "gates", [])
    publish_now(exam, builders.a_user("publisher"))


def test_the_nightly_look_tells_once_a_day() -> None:
    a_world()
    auditor = builders.a_user("auditor")
    ExamSession.objects.update(taken=7)
    found = [invariants.check(by=builders.act(when=when)) for when in ("2025-08-01T03:00", "2025-08-01T04:00")]
    assert [[one.code for one in night] for night in found] == [["places_counted"], []]
    assert Notice.objects.filter(user=auditor, kind="invariants", channel="in_app").count() == 1
    assert AuditEntry.objects.filter(action=invariants.ACTION).count() == 1


def test_a_bar_takes_the_seats_back_that_it_covers() -> None:
    session = a_session()
    barred, free = enrolled(session), enrolled(session)
    seat_all(session)
    discipline.register_bar(
        builders.act(builders.a_user("supervisor"), "2025-07-01T09:00"),
        candidate=barred.candidate,
        clause=None,
        barred_from=date.fromisoformat(DAY),
        barred_until=date(2025, 12, 31),
        source="来文",
    )
    assert set(Seat.objects.filter(entry=barred).values_list("sitting", flat=True)) == {None}
    assert Seat.objects.filter(entry=free, sitting__isnull=False).count() == 2
    assert codes() == set()

"""Repairs of an arrangement: previewed, done exactly so, and only those who moved get a new ticket."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine

from exams.enums import EntryStatus, SittingStatus
from exams.models import Entry, Room, Seat, Sitting, TicketVersion
from exams.services import tickets
from exams.services.entries import cancel_entry
from exams.services.repairs import RepairPreview, preview_repair, repair_session, spare_rooms
from exams.services.room_plans import Change, Layout, draw_plan, mark_places
from kupasi.errors import Refusal
from kupasi.people.models import User
from tests.builders import act, at, signed_in

from .seating import Session, a_room, a_session, a_sitting, enrolled, seat_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
BY = act(when="2025-06-25T09:00")
TICKETS = act(when="2025-07-09T08:00", job="issue-tickets")
LATER = act(when="2025-07-10T09:00")


@pytest.fixture
def session(notice: None) -> Session:
    """Four people in a room of six, seated; a second room at the time of theory."""
    made = a_session(capacity=6)
    draw_plan(made.room.pk, layout=Layout(rows=2, columns=3), by=BY)
    for _ in range(4):
        enrolled(made)
    seat_all(made)
    return made


def broken(session: Session, number: int) -> None:
    mark_places(session.room.pk, numbers={number}, change=Change(blocked_why="电源故障"), by=BY)


def repaired(session: Session, *, lost: tuple[int, ...] = ()) -> RepairPreview:
    preview = preview_repair(session.row.pk, at=LATER.at, lost=lost)
    return repair_session(session.row.pk, by=LATER, digest=preview.digest, reason="设备故障", lost=lost)


def places(session: Session) -> set[tuple[int, int | None, int | None]]:
    return set(Seat.objects.filter(entry__exam_session=session.row).values_list("pk", "sitting", "number"))


def test_a_broken_seat_moves_one_person_in_each_of_its_sittings(session: Session) -> None:
    before = places(session)
    broken(session, 2)
    done = repaired(session)
    assert len(before - places(session)) == 2
    assert done.moved == len({move.entry_id for _, move in done.moves})
    assert not Seat.objects.filter(number=2).exists()
    assert set(Sitting.objects.values_list("taken", flat=True)) == {4}


def test_only_those_who_moved_get_the_next_version_of_their_ticket(session: Session) -> None:
    for key in tickets.due(TICKETS.on):
        tickets.issue(key, by=TICKETS)
    assert TicketVersion.objects.count() == 4
    broken(session, 2)
    done = repaired(session)
    for key in tickets.due(LATER.on):
        tickets.issue(key, by=LATER)
    moved = {move.entry_id for _, move in done.moves}
    assert set(TicketVersion.objects.filter(version=2).values_list("ticket__entry", flat=True)) == moved


def test_a_withdrawal_moves_nobody_and_its_seat_goes_to_whoever_waits(session: Session) -> None:
    entry = Entry.objects.all()[0]
    before = places(session)
    cancel_entry(entry.pk, by=BY, reason="退考")
    assert preview_repair(session.row.pk, at=LATER.at).moves == []
    late = enrolled(session)
    done = repaired(session)
    assert (done.moved, done.added) == (0, {late.pk})
    assert len(before - places(session)) == 2
    assert Entry.objects.get(pk=late.pk).status == EntryStatus.SEATED


def test_somebody_who_finds_a_place_in_one_subject_alone_is_not_seated_at_all(session: Session) -> None:
    Sitting.objects.filter(pk=session.sittings[1].pk).update(capacity=4)
    late = enrolled(session)
    preview = preview_repair(session.row.pk, at=LATER.at)
    assert (preview.added, preview.waiting) == (set(), (late.pk,))


def test_a_lost_room_is_emptied_into_others_and_its_sitting_cancelled(session: Session) -> None:
    theory = session.sittings[0]
    other = a_sitting(session, subject=session.subjects[0], starts="2025-07-12T09:00", room=a_room("第二考场"))
    done = repaired(session, lost=(theory.pk,))
    theory.refresh_from_db()
    assert (done.moved, theory.status, theory.taken) == (4, SittingStatus.CANCELLED, 0)
    assert Seat.objects.filter(sitting=other).count() == Sitting.objects.get(pk=other.pk).taken == 4


def test_a_lost_room_without_another_is_refused_and_spare_rooms_are_named(session: Session) -> None:
    spare = a_room("备用考场")
    Room.objects.filter(pk=spare.pk).update(is_spare=True)
    with pytest.raises(Refusal) as refused:
        repaired(session, lost=(session.sittings[0].pk,))
    assert refused.value.code == "no_place"
    assert spare_rooms(session.sittings[0]) == [spare]
    assert Seat.objects.filter(sitting=session.sittings[0]).count() == 4


def test_a_repair_that_is_no_longer_what_was_looked_at_is_refused(session: Session) -> None:
    broken(session, 2)
    preview = preview_repair(session.row.pk, at=LATER.at)
    broken(session, 3)
    with pytest.raises(Refusal) as refused:
        repair_session(session.row.pk, by=LATER, digest=preview.digest, reason="设备故障")
    assert refused.value.code == "stale"


def test_a_day_inside_a_bar_is_not_used_by_a_repair(session: Session) -> None:
    late = enrolled(session)
    blocked = {late.candidate_id: [(date(2025, 1, 1), date(2025, 7, 31))]}
    assert preview_repair(session.row.pk, at=LATER.at, blocked=blocked).waiting == (late.pk,)


def test_the_office_looks_at_a_repair_and_does_exactly_that(session: Session, clerk: User) -> None:
    desk, path = signed_in(clerk), f"/admin/exams/sitting/seating/{session.row.pk}/repair/"
    with time_machine.travel(at("2025-07-10T09:00"), tick=False):
        assert "没有需要调整的座位" in desk.get(path).content.decode()
        broken(session, 2)
        assert "排在停用的座位上" in desk.get(f"/admin/exams/room/{session.room.pk}/plan/").content.decode()
        page = desk.get(path)
        assert "原座位不能使用" in page.content.decode()
        given = {"digest": page.context["preview"].digest, "reason": ""}
        assert "必填" in desk.post(path, given).content.decode()
        assert desk.post(path, given | {"reason": "电源故障"}).status_code == 302
        lost = desk.get(path, {"lost": session.sittings[0].pk}).content.decode()
    assert "没有座位可换" in lost
    assert not Seat.objects.filter(number=2).exists()

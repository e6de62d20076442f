"""Rooms: how seats stand and are numbered, what is said of them, how they are called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.enums import Numbering
from exams.models import Place, Room, Seat
from exams.rules.rooms import drawn, in_a_line, neighbours
from exams.services.room_plans import Change, Layout, draw_plan, grid, mark_places, seat_label, usable
from kupasi.errors import Refusal
from kupasi.people.models import User
from tests.builders import act, signed_in

from .seating import Session, a_room, a_session, a_sitting, enrolled, seat_all

BY = act(when="2025-06-18T09:00")
SMALL = st.integers(1, 6)


@pytest.fixture
def session(notice: None) -> Session:
    return a_session()


def cells(**layout: object) -> list[tuple[int, int]]:
    return [(one.row, one.column) for one in drawn(**layout)]  # type: ignore[arg-type]  # passed through


def test_numbers_run_as_asked_and_leave_aisles_and_gaps_out() -> None:
    assert cells(rows=2, columns=3) == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3)]
    assert cells(rows=2, columns=3, numbering=Numbering.ROWS_SNAKE)[3:] == [(2, 3), (2, 2), (2, 1)]
    assert cells(rows=2, columns=2, numbering=Numbering.COLUMNS) == [(1, 1), (2, 1), (1, 2), (2, 2)]
    assert cells(rows=2, columns=2, numbering=Numbering.COLUMNS_SNAKE) == [(1, 1), (2, 1), (2, 2), (1, 2)]
    assert cells(rows=2, columns=3, aisles=(2,), missing=((1, 1),)) == [(1, 3), (2, 1), (2, 3)]


@given(rows=SMALL, columns=SMALL, numbering=st.sampled_from(list(Numbering)), aisle=SMALL)
def test_every_cell_has_one_number_and_neighbours_know_each_other(
    rows: int, columns: int, numbering: Numbering, aisle: int
) -> None:
    spots = drawn(rows=rows, columns=columns, numbering=numbering, aisles=(aisle,))
    assert [one.number for one in spots] == list(range(1, len(spots) + 1))
    at = {one.number: (one.row, one.column) for one in spots}
    assert len(set(at.values())) == rows * (columns - (aisle <= columns))
    beside = neighbours(at)
    assert all(one in beside[other] for one, others in beside.items() for other in others)


def test_an_aisle_parts_two_seats() -> None:
    spots = drawn(rows=1, columns=3, aisles=(2,))
    assert neighbours({one.number: (one.row, one.column) for one in spots}) == {1: (), 2: ()}
    assert neighbours(in_a_line([1, 2, 3])) == {1: (2,), 2: (1, 3), 3: (2,)}


@pytest.mark.django_db
def test_a_plan_counts_the_seats_by_mode_and_broken_ones_not(session: Session) -> None:
    room = a_room("第九考场")
    draw_plan(room.pk, layout=Layout(rows=3, columns=4, aisles=(3,)), by=BY)
    mark_places(room.pk, numbers={1, 2}, change=Change(for_practical=False), by=BY)
    mark_places(room.pk, numbers={9}, change=Change(blocked_why="电源故障"), by=BY)
    room = Room.objects.get(pk=room.pk)
    assert (room.capacity, usable(room, station=False), usable(room, station=True)) == (9, 8, 6)
    first = grid(room.places.all())[0]
    assert [str(one) if one else "" for one in first] == ["1", "2", "", "3"]


@pytest.mark.django_db
def test_a_sitting_takes_no_more_than_the_plan_has_for_its_mode(session: Session) -> None:
    room = a_room("第九考场")
    draw_plan(room.pk, layout=Layout(rows=2, columns=2), by=BY)
    mark_places(room.pk, numbers={4}, change=Change(for_practical=False), by=BY)
    theory, practical = session.subjects
    assert a_sitting(session, subject=theory, starts="2025-07-12T09:00", capacity=4, room=room).capacity == 4
    with pytest.raises(Refusal) as refused:
        a_sitting(session, subject=practical, starts="2025-07-12T14:00", capacity=4, room=room)
    assert refused.value.code == "room_too_small"


@pytest.mark.django_db
def test_a_plan_is_not_redrawn_under_those_who_hold_its_numbers(session: Session) -> None:
    enrolled(session)
    seat_all(session)
    with pytest.raises(Refusal) as refused:
        draw_plan(session.room.pk, layout=Layout(rows=6, columns=6), by=BY)
    assert refused.value.code == "plan_in_use"
    assert not Place.objects.exists()


@pytest.mark.django_db
def test_a_seat_is_called_by_what_stands_on_the_desk(session: Session) -> None:
    enrolled(session)
    seat_all(session)
    seat = Seat.objects.select_related("sitting__subject").get(subject=session.subjects[1])
    assert seat.sitting is not None
    assert seat_label(seat.sitting, 1) == "考位 1"
    Place.objects.create(room=session.room, number=1, row=1, column=1, label="A1")
    assert seat_label(seat.sitting, 1) == "考位 A1"


@pytest.mark.django_db
def test_the_office_draws_a_plan_and_marks_it(session: Session, clerk: User) -> None:
    room, client = a_room("第九考场"), signed_in(clerk)
    path = f"/admin/exams/room/{room.pk}/plan/"
    assert "还没有座次图" in client.get(path).content.decode()
    assert "请按“排-列”填写" in client.post(f"{path}draw/", {"rows": 2, "missing": "x"}).content.decode()
    layout = {"rows": 2, "columns": 3, "numbering": "rows", "aisles": "2", "missing": "1-1"}
    assert client.post(f"{path}draw/", layout).status_code == 302
    marks = {"numbers": ["1", "3"], "what": "block", "words": ""}
    assert "请写明原因" in client.post(f"{path}mark/", marks).content.decode()
    assert client.post(f"{path}mark/", marks | {"words": "电源故障"}).status_code == 302
    assert client.post(f"{path}mark/", {"numbers": "2", "what": "accessible"}).status_code == 302
    assert list(Place.objects.filter(is_blocked=True).values_list("number", flat=True)) == [1, 3]
    assert "停用：电源故障" in client.get(path).content.decode()
    assert "请先在座次图上勾选座位" in client.post(f"{path}mark/", {"what": "accessible"}).content.decode()

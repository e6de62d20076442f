"""Phones that were without network: merged in any order, once, with the same result; conflicts listed (TC-005)."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from exams.enums import Attendance, DoorResult, EntryStatus
from exams.models import CheckIn, Entry, OfflineNote, Seat
from exams.services.attendance import close_sitting, state_attendance
from exams.services.corrections import correct_attendance
from exams.services.door_log import Kept, Note, conflicts, merge
from kupasi.errors import Refusal
from kupasi.people.privacy import sections
from tests.builders import act, signed_in
from tests.exams.doors import code as code_of
from tests.exams.doors import kept, moment, nonce, scan
from tests.exams.marking import Exam, an_exam

pytestmark = pytest.mark.django_db


@pytest.fixture
def exam(notice: None) -> Exam:
    return an_exam(people=3)


def merged(exam: Exam, *scans: Kept, clock: str = "09:40") -> list[str]:
    """A log that comes in when the network is back."""
    return merge(exam.sittings[0].pk, scans=scans, notes=(), by=act(exam.invigilator, moment(clock)))


def outcome(exam: Exam) -> Any:
    """Everything that a merge leaves behind."""
    seats = Seat.objects.filter(sitting=exam.sittings[0]).order_by("pk")
    rows = CheckIn.objects.order_by("nonce").values_list("nonce", "seat", "result", "at")
    found = sorted((one.kind, one.sentence) for one in conflicts(exam.sittings[0]))
    return list(seats.values_list("attendance", "attended_at")), list(rows), found


def a_day(exam: Exam) -> list[Kept]:
    """Two phones at one door: one person twice, a late one, a forged code, a number, somebody turned away."""
    one, two, three = exam.entries
    return [
        kept(one, "08:50"),
        kept(one, "09:05", said=DoorResult.LATE, device="b"),
        kept(two, "09:10", said=DoorResult.LATE),
        kept(two, "08:58", device="b"),
        kept(three, "08:59", text=three.ticket.number),
        kept(three, "08:45", said=DoorResult.MISMATCH),
        kept(three, "08:46", text="AAAA", said=DoorResult.FORGED),
    ]


def in_some_order(rows: list[Kept], draw: random.Random) -> list[list[Kept]]:
    """The rows shuffled, some sent again, cut into uploads."""
    shuffled = draw.sample(rows, len(rows)) + draw.sample(rows, 3)
    cuts = sorted(draw.sample(range(1, len(shuffled)), 3))
    return [shuffled[start:end] for start, end in zip([0, *cuts], [*cuts, None], strict=True)]


def tried(exam: Exam, uploads: list[list[Kept]], take: Callable[[list[Kept]], object]) -> Any:
    """The outcome of these uploads, undone again."""
    with transaction.atomic():
        for upload in uploads:
            take(upload)
        found = outcome(exam)
        transaction.set_rollback(True)
    return found


def test_in_whatever_order_the_logs_come_the_result_is_the_same(exam: Exam) -> None:
    rows, draw = a_day(exam), random.Random(7)
    wanted = tried(exam, [rows], lambda upload: merged(exam, *upload))
    for _ in range(25):
        assert tried(exam, in_some_order(rows, draw), lambda upload: merged(exam, *upload)) == wanted
    assert [one[0] for one in wanted[0]] == [Attendance.PRESENT] * 3
    assert len(wanted[1]) == len(rows)


def test_stated_as_they_come_the_orders_would_differ(exam: Exam) -> None:
    """The twin: whoever comes last wins, as a plain statement does."""

    def naive(upload: list[Kept]) -> None:
        for row in upload:
            seat = Seat.objects.filter(entry__ticket__number=row.text, sitting=exam.sittings[0]).first()
            if seat is not None:
                state = Attendance.LATE if row.said == DoorResult.LATE else Attendance.PRESENT
                state_attendance(seat.pk, attendance=state, by=act(exam.invigilator, row.at))

    rows = [replace(row, text=exam.entries[0].ticket.number) for row in a_day(exam)[:2]]
    assert tried(exam, [rows], naive) != tried(exam, [rows[::-1]], naive)


def test_the_same_scan_uploaded_twice_is_one_row(exam: Exam) -> None:  # TC-005
    row = kept(exam.entries[0], "08:50")
    assert merged(exam, row) == merged(exam, row) == [row.nonce]
    assert CheckIn.objects.count() == 1
    with pytest.raises(Refusal) as refused:
        merged(exam, replace(row, text=code_of(exam.entries[1])))
    assert refused.value.code == "key_reused"


def test_two_phones_that_let_in_the_same_ticket_are_a_conflict_and_both_stay(exam: Exam) -> None:
    merged(exam, kept(exam.entries[0], "08:50"), kept(exam.entries[0], "08:55", device="b"))
    found = conflicts(exam.sittings[0])
    assert ([one.kind for one in found], CheckIn.objects.count()) == (["twice"], 2)


def test_what_a_person_stated_is_never_overwritten(exam: Exam) -> None:
    seat = exam.seats(exam.entries[0])[0]
    state_attendance(seat.pk, attendance=Attendance.ABSENT, by=act(exam.invigilator, moment("09:31")))
    merged(exam, kept(exam.entries[0], "08:50"))
    seat.refresh_from_db()
    assert (seat.attendance, [one.kind for one in conflicts(exam.sittings[0])]) == ("absent", ["stated_absent"])


def test_who_is_let_in_by_one_phone_and_turned_away_by_another_is_listed(exam: Exam) -> None:
    """In whichever order they come in; whoever looked again on the same phone has settled it."""
    one, two, _ = exam.entries
    refused = kept(one, "08:52", said=DoorResult.MISMATCH, device="b")
    merged(exam, kept(two, "08:49", said=DoorResult.MISMATCH, device="a"), kept(two, "08:51", device="a"))
    merged(exam, refused)
    assert conflicts(exam.sittings[0]) == []
    merged(exam, kept(one, "08:50", device="a"))
    found = conflicts(exam.sittings[0])
    assert [(row.kind, row.seat) for row in found] == [("turned_away", exam.seats(one)[0])]


def test_the_room_page_shows_before_the_closing_what_has_to_be_settled(exam: Exam) -> None:
    room = reverse("room", args=[exam.sittings[0].pk])
    browser = signed_in(exam.invigilator)
    assert 'id="conflicts"' not in browser.get(room).content.decode()
    seat = Seat.objects.get(sitting=exam.sittings[0], entry=exam.entries[0])
    state_attendance(seat.pk, attendance=Attendance.ABSENT, by=act(exam.invigilator, moment("09:35")))
    merged(exam, kept(exam.entries[0], "08:50"))
    page = browser.get(room).content.decode()
    assert page.index(f"#seat-{seat.pk}") < page.index('id="close"')


def test_who_was_let_in_offline_and_may_not_be_is_listed(exam: Exam) -> None:
    Entry.objects.filter(pk=exam.entries[0].pk).update(status=EntryStatus.CANCELLED)
    merged(exam, kept(exam.entries[0], "08:50"))
    assert CheckIn.objects.get().result == DoorResult.CANCELLED
    assert [one.kind for one in conflicts(exam.sittings[0])] == ["not_allowed"]


def test_what_the_phone_refused_is_not_let_in_afterwards(exam: Exam) -> None:
    merged(exam, kept(exam.entries[0], "08:50", said=DoorResult.WRONG_ROOM))
    assert exam.seats(exam.entries[0])[0].attendance == Attendance.UNKNOWN


def test_a_log_that_comes_after_closing_changes_nothing(exam: Exam) -> None:
    by = act(exam.invigilator, exam.ends_at)
    for entry in exam.entries:
        state_attendance(exam.seats(entry)[0].pk, attendance=Attendance.ABSENT, by=by)
    close_sitting(exam.sittings[0].pk, by=by)
    seat = exam.seats(exam.entries[0])[0]
    merged(exam, kept(exam.entries[0], "08:50"), clock="17:30")
    seat.refresh_from_db()
    assert seat.attendance == Attendance.ABSENT
    correct_attendance(seat.pk, attendance="present", reason="离线记录", by=act(exam.invigilator, moment("17:40")))
    assert conflicts(exam.sittings[0]) == []


def test_a_phone_whose_clock_runs_ahead_is_taken_at_the_house_s_hour(exam: Exam) -> None:
    merged(exam, kept(exam.entries[0], "10:00"), clock="08:50")
    row = CheckIn.objects.get()
    assert (row.at, row.result) == (moment("08:50"), DoorResult.OK)


def test_online_and_offline_scans_of_one_person_agree_on_the_first(exam: Exam) -> None:
    scan(exam.sittings[0], code_of(exam.entries[0]), exam.invigilator, "09:10")
    merged(exam, kept(exam.entries[0], "08:50"))
    seat = exam.seats(exam.entries[0])[0]
    assert (seat.attendance, seat.attended_at) == (Attendance.PRESENT, moment("08:50"))


def test_a_note_written_without_network_is_kept_once_and_sealed(exam: Exam) -> None:
    seat = exam.seats(exam.entries[0])[0]
    note = Note(nonce(), "座位上有手机", moment("09:20"), seat.pk)
    for _ in range(2):
        merge(exam.sittings[0].pk, scans=(), notes=[note], by=act(exam.invigilator, moment("09:40")))
    row = OfflineNote.objects.get()
    assert (row.seat, row.text, row.at) == (seat, "座位上有手机", moment("09:20"))
    assert list(OfflineNote.objects.visible_to(exam.invigilator)) == [row]


def test_a_note_goes_when_its_time_is_over_and_the_scans_stand_in_the_copy(exam: Exam) -> None:
    merged(exam, kept(exam.entries[0], "08:50"))
    note = Note(nonce(), "座位上有手机", moment("09:20"))
    merge(exam.sittings[0].pk, scans=(), notes=[note], by=act(exam.invigilator, moment("09:40")))
    person, door = exam.entries[0].candidate, sections["doors"]
    assert [fact.value for fact in door.records(person)[0].facts] == ["2025-07-12 08:50", "可以入场"]
    last, over = date(2030, 7, 12), date(2030, 7, 13)
    assert (set(door.due(last)), person.pk in door.due(over)) == (set(), True)
    assert door.clear(person, act(when="2030-07-13T03:00")) == 1
    assert (OfflineNote.objects.get().text, set(door.due(over))) == ("已删除", set())

"""The door of a room: who goes in, who is told where to go, and what no code can talk its way past (TC-001…007)."""

from __future__ import annotations

import random
from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from discipline import services as discipline
from exams import triggers
from exams.enums import Attendance, DoorResult, EntryStatus
from exams.models import CheckIn, Entry, Room, Seat, Sitting
from exams.services.door import Scan, look, turn_away
from kupasi.audit.models import Entry as Line
from kupasi.errors import Refusal
from tests.builders import a_user, act
from tests.exams.doors import code, moment, nonce, scan
from tests.exams.marking import Exam, an_exam

pytestmark = pytest.mark.django_db


@pytest.fixture
def exam(notice: None) -> Exam:
    return an_exam()


@pytest.mark.parametrize(
    ("clock", "result", "attendance"),
    [
        ("08:39", DoorResult.EARLY, Attendance.UNKNOWN),
        ("08:40", DoorResult.OK, Attendance.PRESENT),
        ("08:59", DoorResult.OK, Attendance.PRESENT),
        ("09:00", DoorResult.LATE, Attendance.LATE),
        ("09:29", DoorResult.LATE, Attendance.LATE),
        ("09:30", DoorResult.TOO_LATE, Attendance.UNKNOWN),
    ],
)
def test_the_clock_decides_and_attendance_follows(
    exam: Exam, clock: str, result: DoorResult, attendance: Attendance
) -> None:
    row = scan(exam.sittings[0], code(exam.entries[0]), exam.invigilator, clock)
    assert (row.result, exam.seats(exam.entries[0])[0].attendance) == (result, attendance)
    assert Line.objects.filter(action="checkin.recorded").count() == 1


def test_the_twelve_digits_do_as_well_as_the_code(exam: Exam) -> None:
    row = scan(exam.sittings[0], exam.entries[0].ticket.number, exam.invigilator)
    assert (row.result, row.version) == (DoorResult.OK, None)
    assert scan(exam.sittings[0], "250701000012", exam.invigilator).result == DoorResult.UNKNOWN


def test_a_second_scan_says_since_when_the_person_is_in(exam: Exam) -> None:
    scan(exam.sittings[0], code(exam.entries[0]), exam.invigilator, "08:45")
    again = scan(exam.sittings[0], code(exam.entries[0]), exam.invigilator, "08:50")
    assert (again.result, "08:45" in again.said) == (DoorResult.ALREADY, True)


def test_the_database_takes_no_second_check_in_of_a_seat(exam: Exam) -> None:
    row = scan(exam.sittings[0], code(exam.entries[0]), exam.invigilator)
    row.pk, row.nonce = None, nonce()
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_of_2000_flipped_bits_none_is_let_in(exam: Exam) -> None:  # TC-001
    plain, draw = code(exam.entries[0]).encode(), random.Random(1)
    found = set()
    for place in (draw.randrange(len(plain) * 8) for _ in range(2000)):
        flipped = bytearray(plain)
        flipped[place // 8] ^= 1 << place % 8
        answer = look(exam.sittings[0], flipped.decode("latin-1"), moment=moment("08:50")).answer
        found.add(answer.result)
    assert found == {DoorResult.FORGED}


def test_without_its_one_spelling_a_flipped_bit_would_pass(exam: Exam, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = code(exam.entries[0])
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = plain[:-1] + alphabet[alphabet.index(plain[-1]) ^ 1]
    assert look(exam.sittings[0], other, moment=moment("08:50")).answer.result == DoorResult.FORGED
    monkeypatch.setattr("kupasi.signing._text", lambda raw: other)
    assert look(exam.sittings[0], other, moment=moment("08:50")).answer.result == DoorResult.OK


@pytest.mark.parametrize("change", ["spaces", "wide", "hidden", "dashes"])
def test_a_number_is_known_however_it_is_typed(exam: Exam, change: str) -> None:
    number = exam.entries[0].ticket.number
    typed = {
        "spaces": f" {number[:4]} {number[4:]}\t",
        "wide": "".join(chr(ord(one) + 0xFEE0) for one in number),
        "hidden": f"\u202e{number}\u200b",
        "dashes": f"{number[:4]}-{number[4:8]} – {number[8:]}",
    }[change]
    assert look(exam.sittings[0], typed, moment=moment("08:50")).answer.result == DoorResult.OK


def test_a_slip_of_the_fingers_is_no_forgery(exam: Exam) -> None:
    number = exam.entries[0].ticket.number
    for typed in (number + "9", number[:-1], number[:-1] + str((int(number[-1]) + 1) % 10), "１２３", "0" * 40):
        assert look(exam.sittings[0], typed, moment=moment("08:50")).answer.result == DoorResult.UNKNOWN


def test_another_room_is_told_where_to_go_and_nobody_is_shown(exam: Exam) -> None:  # TC-003
    there = Sitting.objects.get(pk=exam.sittings[0].pk)
    there.room = Room.objects.create(site=there.room.site, name="第九考场", capacity=30)
    there.pk = None
    there.save(force_insert=True)
    Seat.objects.filter(entry=exam.entries[0], sitting=exam.sittings[0]).update(sitting=there, number=7)
    row = scan(exam.sittings[0], code(exam.entries[0]), exam.invigilator)
    assert (row.result, row.seat, "第九考场" in row.said) == (DoorResult.WRONG_ROOM, None, True)


def test_a_ticket_of_yesterday_is_refused(exam: Exam) -> None:  # TC-003
    past = an_exam(on="2025-07-11", occupation="model-application")
    row = scan(exam.sittings[0], code(past.entries[0]), exam.invigilator)
    assert (row.result, "7月11日" in row.said) == (DoorResult.WRONG_TIME, True)


def test_the_afternoons_seat_does_not_open_the_morning(exam: Exam) -> None:
    entry = exam.entries[0]
    Seat.objects.filter(entry=entry, sitting=exam.sittings[0]).update(sitting=None, number=None)
    row = scan(exam.sittings[0], code(entry), exam.invigilator)
    assert (row.result, "14:00" in row.said) == (DoorResult.WRONG_TIME, True)


def test_who_withdrew_and_who_is_barred_is_refused(exam: Exam) -> None:  # TC-003
    first, second = exam.entries
    Entry.objects.filter(pk=first.pk).update(status=EntryStatus.CANCELLED)
    assert scan(exam.sittings[0], code(first), exam.invigilator).result == DoorResult.CANCELLED
    days = {"barred_from": date(2025, 7, 1), "barred_until": date(2025, 12, 31)}
    discipline.register_bar(act(when="2025-07-01T09:00"), candidate=second.candidate, clause=None, source="函", **days)
    assert scan(exam.sittings[0], code(second), exam.invigilator).result == DoorResult.BARRED


def test_an_old_version_says_what_changed(exam: Exam) -> None:  # TC-006
    entry, old = exam.entries[0], code(exam.entries[0])
    facts = {"lines": [], "person": "x", "photo": "old"}
    for version, photo in ((1, "old"), (2, "new")):
        entry.ticket.versions.create(version=version, facts=facts | {"photo": photo}, made_at=moment("07:00"))
    type(entry.ticket).objects.filter(pk=entry.ticket.pk).update(version=2)
    row = scan(exam.sittings[0], old, exam.invigilator)
    assert (row.result, "照片已更换" in row.said) == (DoorResult.OLD_VERSION, True)
    entry.ticket.refresh_from_db()
    assert scan(exam.sittings[0], code(entry), exam.invigilator).result == DoorResult.OK


def test_the_same_nonce_is_one_row(exam: Exam) -> None:  # TC-005
    word = nonce()
    for clock in ("08:50", "08:55"):
        row = scan(exam.sittings[0], code(exam.entries[0]), exam.invigilator, clock, with_nonce=word)
    assert (row.result, CheckIn.objects.count()) == (DoorResult.OK, 1)
    with pytest.raises(Refusal) as refused:
        scan(exam.sittings[0], code(exam.entries[1]), exam.invigilator, with_nonce=word)
    assert refused.value.code == "key_reused"


def test_a_person_who_is_not_the_one_of_the_photo_is_not_checked_in(exam: Exam) -> None:  # TC-007
    by = act(exam.invigilator, moment("08:50"))
    row = turn_away(exam.sittings[0].pk, Scan(nonce(), code(exam.entries[0])), by=by)
    seat = exam.seats(exam.entries[0])[0]
    assert (row.result, row.seat, seat.attendance) == (DoorResult.MISMATCH, seat, Attendance.UNKNOWN)


def test_looking_writes_nothing(exam: Exam) -> None:
    seen = look(exam.sittings[0], code(exam.entries[0]), moment=moment("08:50"))
    assert (seen.answer.result, CheckIn.objects.count()) == (DoorResult.OK, 0)


def test_another_rooms_invigilator_scans_nobody(exam: Exam) -> None:
    with pytest.raises(Refusal) as refused:
        scan(exam.sittings[0], code(exam.entries[0]), a_user("invigilator"))
    assert refused.value.code == "not_yours"


@pytest.mark.parametrize("act_on", [lambda row: row.delete(), lambda row: CheckIn.objects.update(result="ok")])
def test_what_a_door_said_is_neither_changed_nor_deleted(exam: Exam, act_on: object) -> None:
    row = scan(exam.sittings[0], code(exam.entries[0]), exam.invigilator)
    with pytest.raises(DatabaseError), transaction.atomic():
        act_on(row)  # type: ignore[operator]
    assert CheckIn.objects.count() == 1


def test_without_the_databases_guard_a_scan_would_vanish(exam: Exam) -> None:
    row = scan(exam.sittings[0], code(exam.entries[0]), exam.invigilator)
    triggers.remove(connection)
    row.delete()
    triggers.install(connection)
    assert CheckIn.objects.count() == 0

"""Marks under many hands at once: no entry is lost, the loser is told (quality R17, TC-022)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection

from exams.models import Mark, MarkEntry, Seat
from exams.services.marks import correct_entry, enter_mark
from kupasi.errors import Refusal
from tests.builders import act, load_notice
from tests.exams.marking import Exam, an_exam, everybody_came

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 200  # interleavings of two hands


@pytest.fixture
def exam(transactional_db: None) -> Exam:
    load_notice()
    exam = an_exam(people=1)
    everybody_came(exam)
    return exam


def together(*calls: Callable[[], object]) -> list[str]:
    """Run the calls at the same moment, each on a connection of its own; "ok" or the refusal's code."""
    gate, said = threading.Barrier(len(calls)), [""] * len(calls)

    def run(place: int, call: Callable[[], object]) -> None:
        gate.wait()
        try:
            call()
            said[place] = "ok"
        except Refusal as refusal:
            said[place] = str(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, call)) for place, call in enumerate(calls)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return said


def seat_of(exam: Exam) -> Seat:
    return exam.seats(exam.entries[0])[0]


def test_two_edits_from_one_version_never_lose_one(exam: Exam) -> None:
    seat, by = seat_of(exam), act(exam.markers[0], exam.ends_at)
    entry = enter_mark(seat.pk, value="50", by=by)
    for number in range(ROUNDS):
        version, values = entry.version, (f"{number % 100}.1", f"{number % 100}.2")
        said = together(
            *(
                lambda value=value, version=version: correct_entry(seat.pk, value=value, version=version, by=by)
                for value in values
            )
        )
        entry = MarkEntry.objects.get(seat=seat)
        assert sorted(said) == ["ok", "stale"]
        assert (entry.version, entry.value) == (version + 1, Decimal(values[said.index("ok")]))


def test_without_the_version_an_edit_is_lost(exam: Exam) -> None:
    """The twin: read, wait, write. Both are told that all is well, and one value is gone."""
    seat, by = seat_of(exam), act(exam.markers[0], exam.ends_at)
    enter_mark(seat.pk, value="50", by=by)
    read = threading.Barrier(2)

    def edit(value: str) -> None:
        entry = MarkEntry.objects.get(seat=seat)
        read.wait()
        entry.value = Decimal(value)
        entry.version += 1
        entry.save()

    assert together(lambda: edit("51"), lambda: edit("52")) == ["ok", "ok"]
    assert MarkEntry.objects.get(seat=seat).version == 2


def test_first_and_second_entries_at_once_both_stand(exam: Exam) -> None:
    seat = seat_of(exam)
    said = together(
        *(
            lambda person=person: enter_mark(seat.pk, value="82", by=act(person, exam.ends_at))
            for person in exam.markers
        )
    )
    assert sorted(said) == ["already_settled", "ok", "ok"]
    assert Mark.objects.get(seat=seat).value == Decimal("82.0")
    assert sorted(MarkEntry.objects.filter(seat=seat).values_list("round", flat=True)) == [1, 2]

"""The seed: committed to before the roster is known, hidden until all is final, then anybody can draw again."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from exams.enums import EntryStatus
from exams.models import Entry, Seat, SeatingRun, SeatSeed
from exams.rules import seating_file
from exams.services import replay, seeds
from exams.services.arranging import preview_seating, seat_session
from exams.tasks import tend_seeds
from kupasi.audit.models import Entry as AuditEntry
from kupasi.errors import Refusal
from kupasi.people.models import User
from tests.builders import act, signed_in

from .seating import Session, a_session, enrolled, seat_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
BY = act(when="2025-06-20T09:00")
STARTED = act(when="2025-07-12T09:00")


@pytest.fixture
def session(notice: None) -> Session:
    return a_session()


def told(*args: Any, **options: Any) -> str:
    out = io.StringIO()
    call_command("replay_seating", *args, stdout=out, **options)
    return out.getvalue()


def test_the_sweep_commits_once_and_the_seed_has_256_bits(session: Session) -> None:
    tend_seeds()
    seed = SeatSeed.objects.get()
    tend_seeds()
    assert SeatSeed.objects.get().sha256 == seed.sha256 == seating_file.commitment(seed.secret)
    assert len(bytes.fromhex(seed.secret)) == 32


def test_a_seed_is_revealed_only_when_a_sitting_of_an_arranged_session_has_begun(session: Session) -> None:
    enrolled(session)
    seeds.commit_seed(session.row.pk, by=BY)
    assert seeds.to_reveal(at=STARTED.at) == []
    seat_all(session)
    assert seeds.to_reveal(at=BY.at) == []
    assert seeds.to_reveal(at=STARTED.at) == [session.row.pk]
    seeds.reveal_seed(session.row.pk, by=STARTED)
    assert seeds.to_reveal(at=STARTED.at) == []


def test_before_it_is_revealed_the_seed_stands_on_no_page_and_in_no_record(session: Session, clerk: User) -> None:
    enrolled(session)
    seat_all(session)
    enrolled(session)
    seed, desk = SeatSeed.objects.get(), signed_in(clerk)
    path = f"/admin/exams/sitting/seating/{session.row.pk}/"
    pages = [desk.get("/admin/exams/sitting/seating/"), desk.get(path), Client().get("/exams/seating/")]
    texts = [page.content.decode() for page in pages]
    assert all(page.status_code == 200 and seed.secret not in page.content.decode() for page in pages)
    assert all(seed.sha256[:16] in text for text in texts)
    assert seed.secret not in repr(list(AuditEntry.objects.values_list("before", "after")))
    assert seed.secret.encode() not in replay.roster_of(SeatingRun.objects.get())
    with pytest.raises(CommandError, match="尚未公开"):
        told(session.row.pk)


def test_the_revealed_seed_gives_the_plan_that_was_carried_out(session: Session, tmp_path: Path) -> None:
    for _ in range(5):
        enrolled(session)
    seat_all(session)
    seeds.reveal_seed(session.row.pk, by=STARTED)
    assert "逐字节相同" in told(session.row.pk)
    roster, out = tmp_path / "roster.json", tmp_path / "plan.json"
    told(session.row.pk, export=roster)
    told(session.row.pk, roster=roster, out=out)
    rows = Seat.objects.order_by("entry", "subject").values_list("entry", "subject", "sitting", "number")
    given = ",".join(f"[{a},{b},{c},{d}]" for a, b, c, d in rows)
    assert out.read_bytes() == f'{{"given":[{given}],"left_over":[]}}\n'.encode()
    assert SeatSeed.objects.get().secret in Client().get("/exams/seating/").content.decode()


def test_a_changed_seed_does_not_match_the_commitment(session: Session) -> None:
    """The twin: were the seed exchanged after the roster was known, both comparisons would show it."""
    for _ in range(6):
        enrolled(session)
    seat_all(session)
    seeds.reveal_seed(session.row.pk, by=STARTED)
    SeatSeed.objects.update(secret="cd" * 32)
    with pytest.raises(CommandError, match="承诺不符"):
        told(session.row.pk)
    run = SeatingRun.objects.get()
    assert not replay.replay(run, seed="cd" * 32, roster=replay.roster_of(run)).is_same


def test_an_altered_roster_is_refused(session: Session, tmp_path: Path) -> None:
    enrolled(session)
    seat_all(session)
    seeds.reveal_seed(session.row.pk, by=STARTED)
    other = tmp_path / "other.json"
    other.write_bytes(replay.roster_of(SeatingRun.objects.get()).replace(b'"entry"', b'"entri"'))
    with pytest.raises(CommandError, match="校验值不符"):
        told(session.row.pk, roster=other)


def test_nobody_is_drawn_with_a_seed_that_everybody_knows(session: Session) -> None:
    enrolled(session)
    seat_all(session)
    seeds.reveal_seed(session.row.pk, by=STARTED)
    enrolled(session)
    with pytest.raises(Refusal) as refused:
        seat_session(session.row.pk, by=BY)
    assert refused.value.code == "seed_revealed"


def test_the_roster_names_nobody(session: Session, clerk: User) -> None:
    entry = enrolled(session)
    seat_all(session)
    answer = signed_in(clerk).get(f"/admin/exams/sitting/seating/{session.row.pk}/roster/")
    assert seating_file.sha256(answer.content) == SeatingRun.objects.get().roster_sha256
    assert entry.candidate.name not in answer.content.decode("unicode_escape")
    assert AuditEntry.objects.filter(action="seating.roster_fetched", actor=clerk).count() == 1


def test_a_seat_taken_meanwhile_stops_the_whole_plan(session: Session) -> None:
    entry = enrolled(session)
    enrolled(session)
    preview = preview_seating(session.row.pk, at=BY.at)
    seat = Seat.objects.filter(entry=entry)[0]
    Seat.objects.filter(pk=seat.pk).update(sitting=session.sittings[0], number=30)
    with pytest.raises(Refusal) as refused:
        seat_session(session.row.pk, by=BY, digest=preview.digest)
    assert refused.value.code == "stale"
    assert not Entry.objects.filter(status=EntryStatus.SEATED).exists()

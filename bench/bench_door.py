"""Check-ins a second with fifty devices at ten doors, against the plainest Django view that writes the same rows.

Whole requests through gunicorn, sessions and CSRF on, both sides on one database. A request is what a phone sends
when the invigilator has compared the photo: the ticket is judged, the check-in and the attendance are written, and
the answer with the person and the room's counts comes back.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.management import call_command

from bench.harness import PAIRS, Row, compare, seconds
from exams.enums import EntryStatus
from exams.models import AdmissionTicket, Entry, ExamSession, Occupation, Room, Seat, Site, Sitting
from exams.rules.tickets import make_ticket_number
from exams.services.ticket_pdf import Edition, token
from kupasi import clock
from tests import builders
from tests.reliability import crowd
from tests.reliability.live import FORM, SECRET, Live, at_once, served

DOORS, DEVICES, EACH = 10, 50, 2
LOAD = DEVICES * EACH
Scan = tuple[int, str]  # a door, and the code of one of its tickets


def rows() -> Iterator[Row]:
    """One row: check-ins a second."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", "--noinput", verbosity=0)
    builders.load_notice()
    doors = [a_door(number) for number in range(DOORS)]
    cookies = [device(doors[number % DOORS]) for number in range(DEVICES)]
    scans = iter(tickets(doors, LOAD * (PAIRS + 1) * 2))
    place = dict(os.environ, DATA_DIR=str(settings.DATA_DIR))
    with TemporaryDirectory() as name:
        folder = Path(name)
        with served(folder, place=place) as ours, served(folder, app="bench.plain.wsgi", place=place) as plain:
            yield compare(
                "check-ins, 50 devices at 10 doors",
                ours=lambda: LOAD / seconds(lambda: all_scan(ours, "/exams/rooms/{}/door/", cookies, scans)),
                against="minimal Django view, same inserts, same server",
                reference=lambda: LOAD / seconds(lambda: all_scan(plain, "/door/{}/", cookies, scans)),
                goal=0.5,
                unit="check-ins/s",
                at_most=False,
            )


def all_scan(live: Live, path: str, cookies: list[str], scans: Iterator[Scan]) -> None:
    """Every device scans several people one after another; each must have gone in."""
    mine = list(islice(scans, LOAD))
    at_once([partial(scan, live, path, cookie, mine[at::DEVICES]) for at, cookie in enumerate(cookies)])


def scan(live: Live, path: str, cookie: str, mine: list[Scan]) -> None:
    browser = live.browser(cookie)
    for door, code in mine:
        nonce = code[-60:].replace("_", "-")
        words = {"csrfmiddlewaretoken": SECRET, "text": code, "act": "enter", "nonce": nonce}
        answer = browser.send("POST", path.format(door), urlencode(words), {**FORM, "X-Door": "1"})
        assert answer.status == 200, answer
        assert "已入场" in answer.body, answer.body
    browser.close()


def a_door(number: int) -> Sitting:
    """A sitting that lets people in now."""
    trade = Occupation.objects.get(code=crowd.OCCUPATION)
    starts = clock.now() + timedelta(minutes=10)
    session, _ = ExamSession.objects.get_or_create(occupation=trade, exam_month=starts.date().replace(day=1))
    site, _ = Site.objects.get_or_create(name="示例考核点", defaults={"address": "上海市徐汇区示例路 1 号"})
    room = Room.objects.create(site=site, name=f"第 {number} 考场", capacity=2000)
    return Sitting.objects.create(
        exam_session=session,
        subject=trade.subjects.order_by("order")[0],
        room=room,
        starts_at=starts,
        ends_at=starts + timedelta(hours=2),
        on=starts.date(),
        capacity=2000,
    )


def device(door: Sitting) -> str:
    """The cookie of a signed-in invigilator of this door."""
    user = builders.a_user("invigilator")
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": ""})
    door.invigilators.add(user)
    return crowd.signed_in([user])[0]


def tickets(doors: list[Sitting], count: int) -> list[Scan]:
    """People with a seat and a ticket, one door after the other."""
    session, subject = doors[0].exam_session, doors[0].subject
    entries = Entry.objects.bulk_create(
        Entry(candidate=one, exam_session=session, status=EntryStatus.TICKETED, created_at=clock.now())
        for one in crowd.people(count)
    )
    Seat.objects.bulk_create(
        Seat(entry=entry, subject=subject, sitting=doors[at % DOORS], number=at // DOORS + 1)
        for at, entry in enumerate(entries)
    )
    numbers = [
        make_ticket_number(session.exam_month, occupation=session.occupation.number_code, serial=at + 1)
        for at in range(count)
    ]
    made = AdmissionTicket.objects.bulk_create(
        AdmissionTicket(entry=entry, number=number, version=1) for entry, number in zip(entries, numbers, strict=True)
    )
    codes = [token(Edition(one.pk, one.number, 1, doors[0].on)) for one in made]
    return [(doors[at % DOORS].pk, code) for at, code in enumerate(codes)]

"""An install with so many people, asked for its pages: `python -m bench.crowded 1000`, in a process of its own.

Fills the database that the environment names, says which pages there are, then answers every line of its input (the
name of a page) with one line of JSON: the seconds of the middle one of some requests, and how many queries one makes.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kupasi.settings")
import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import get_resolver  # noqa: E402

from certificates.models import Certificate  # noqa: E402
from exams.enums import EntryStatus  # noqa: E402
from exams.models import Entry, ExamSession, Mark, Publication, Seat, Window  # noqa: E402
from kupasi import clock  # noqa: E402
from kupasi.audit.models import Entry as Line  # noqa: E402
from kupasi.audit.services import compose  # noqa: E402
from kupasi.notices.models import Notice  # noqa: E402
from kupasi.people.models import Candidate  # noqa: E402
from registration.enums import ApplicationStatus as S  # noqa: E402
from registration.models import Application, Order  # noqa: E402
from registration.services.numbering import application_number  # noqa: E402
from tests import builders  # noqa: E402
from tests.reliability import crowd  # noqa: E402

CHUNK = 5000
TIMES = 5
TOTAL = Decimal("480.00")
SHARES = [S.SUBMITTED] * 6 + [S.APPROVED] * 4 + [S.REJECTED] * 10 + [S.WITHDRAWN] * 10 + [S.LAPSED] * 10
SHARES += [S.CONCLUDED] * 60  # most of the people of some years have come to their end
ADMIN = "/admin/"
APPLICATIONS = f"{ADMIN}registration/application/"


def fill(count: int) -> None:
    """So many people, each with an application somewhere on its way and what belongs to it."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    builders.load_notice()
    window = crowd.open_now()
    session = crowd.a_session(window, capacity=None)
    for first in range(0, count, CHUNK):
        persons = crowd.people(min(CHUNK, count - first))
        entries = Entry.objects.bulk_create([entry_of(one, session) for one in persons], batch_size=crowd.BATCH)
        rows = crowd.whole_drafts(persons)
        for row, entry in zip(rows, entries, strict=True):
            move_on(row, entry, window)
        kept = crowd.keep(rows)
        papers(kept)
        published(kept, session)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def entry_of(person: Candidate, session: ExamSession) -> Entry:
    return Entry(exam_session=session, candidate=person, status=EntryStatus.SAT, created_at=clock.now())


def move_on(row: Application, entry: Entry, window: Window) -> None:
    """To a state by the person's place in the crowd."""
    row.status = SHARES[row.candidate_id * 37 % len(SHARES)]
    row.number = application_number(row.candidate_id, date(2025, 6, 1))
    row.window, row.exam_session = window, entry.exam_session
    row.fee_total, row.submitted_at, row.reviewed_at = TOTAL, clock.now(), clock.now()
    row.original_at = clock.now() if row.candidate_id % 3 else None
    row.entry = entry if row.status == S.CONCLUDED else None


def papers(rows: list[Application]) -> None:
    """What hangs on an application: its order, a letter, a line of the record, a certificate at the end."""
    now = clock.now()
    orders = [Order(application=one, reference=f"JF{one.pk:010}", total=TOTAL, created_at=now) for one in rows]
    Order.objects.bulk_create(orders, batch_size=crowd.BATCH)
    letters = [
        Notice(
            key=f"submitted:{one.pk}", kind="application.submitted", channel="in_app", candidate_id=one.candidate_id,
            subject="申报已提交", body="已收到。", status="sent", next_try_at=now, queued_at=now, sent_at=now,
        )
        for one in rows
    ]  # fmt: skip
    Notice.objects.bulk_create(letters, batch_size=crowd.BATCH)
    lines = [compose(builders.act(one.created_by, now), "application.submitted", one) for one in rows]
    Line.objects.bulk_create(lines, batch_size=crowd.BATCH)
    ended = [certificate(one) for one in rows if one.status == S.CONCLUDED]
    Certificate.objects.bulk_create(ended, batch_size=crowd.BATCH)


def published(rows: list[Application], session: ExamSession) -> None:
    """Two published marks of everybody who came to the end, some failed."""
    first, second, publisher = (builders.a_user(role) for role in ("marker", "marker", "publisher"))
    batch = Publication.objects.create(
        exam_session=session, published_by=publisher, published_at=clock.now(), marks=0, sha256="0" * 64
    )
    ended = [one.entry_id for one in rows if one.status == S.CONCLUDED and one.entry_id is not None]
    Entry.objects.filter(pk__in=ended).update(status=EntryStatus.PUBLISHED)
    subjects = list(session.occupation.subjects.order_by("order"))
    wanted = [Seat(entry_id=key, subject=subject) for key in ended for subject in subjects]
    seats = Seat.objects.bulk_create(wanted, batch_size=crowd.BATCH)
    marks = [
        Mark(
            seat=seat, value=Decimal(40 + seat.pk * 7 % 60), first_by=first, second_by=second, settled_at=clock.now(),
            publication=batch, published_by=publisher,
        )
        for seat in seats
    ]  # fmt: skip
    Mark.objects.bulk_create(marks, batch_size=crowd.BATCH)


def certificate(row: Application) -> Certificate:
    today = clock.today()
    return Certificate(
        candidate_id=row.candidate_id, occupation=row.occupation, entry=row.entry, status="issued",
        number=f"Y{row.pk:015}", title="职业技能等级证书", name=row.name, document_id=row.document_id or 0,
        level="三级", qualified_on=today, issued_on=today, created_at=clock.now(),
    )  # fmt: skip


class Reader:
    """Everybody whose pages are looked at: a candidate in the middle of the crowd, the office, a stranger."""

    def __init__(self) -> None:
        self.one = Application.objects.filter(status=S.APPROVED).order_by("-pk")[3]
        self.certificate = Certificate.objects.order_by("-pk")[3]
        self.candidate, self.graduate, self.stranger = Client(), Client(), Client()
        ended = Application.objects.filter(status=S.CONCLUDED).order_by("-pk")[3]
        self.graduate.force_login(ended.created_by or builders.a_user())
        self.candidate.force_login(self.one.created_by or builders.a_user())
        self.office = builders.signed_in(builders.a_user("clerk"))
        self.tail = self.one.document.number_tail if self.one.document else ""

    def pages(self) -> dict[str, Callable[[], Any]]:
        """Each page by its name."""
        office, mine = self.office.get, self.candidate.get
        return {
            "home": lambda: self.stranger.get("/"),
            "me": lambda: mine("/me/"),
            "status page": lambda: mine(f"/me/applications/{self.one.pk}/"),
            "results page": lambda: self.graduate.get("/exams/results/"),
            "day board": lambda: office("/board/"),
            "deadline board": lambda: office("/board/deadlines/"),
            "letters": lambda: mine("/notices/mine/"),
            "admin home": lambda: office(ADMIN),
            "application list": lambda: office(APPLICATIONS),
            "review queue": lambda: office(f"{APPLICATIONS}?queue=review"),
            "review page": lambda: office(f"{APPLICATIONS}{self.one.pk}/review/"),
            "search by number": lambda: self.found(str(self.one.number)),
            "search by tail": lambda: self.found(self.tail),
            "search by name": lambda: self.found(self.one.name),
            "verify": self.verified,
        }

    def found(self, words: str) -> Any:
        return self.office.post(APPLICATIONS, {"find": words}, follow=True)

    def verified(self) -> Any:
        cache.clear()  # nobody asks sixty times a minute but a measurement
        return self.stranger.post("/certificates/verify/", {"number": self.certificate.number, "name": "试一"})

    def measure(self, page: str) -> dict[str, float]:
        """Seconds and queries of a page."""
        ask, taken = self.pages()[page], []
        with CaptureQueriesContext(connection) as queries:
            assert ask().status_code == 200, page
            count = len(queries)
        for _ in range(TIMES):
            started = time.perf_counter()
            ask()
            taken.append(time.perf_counter() - started)
        return {"seconds": median(taken), "queries": count}


def main(count: int) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    list(get_resolver().url_patterns)  # every page is imported before the long filling
    fill(count)
    reader = Reader()
    print(json.dumps(list(reader.pages())), flush=True)
    for line in sys.stdin:
        print(json.dumps(reader.measure(line.strip())), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))

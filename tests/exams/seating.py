"""A session to be seated: sittings, people with a photo and their original in; small, deterministic."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, timedelta

from exams.models import Entry, ExamSession, Occupation, Room, Seat, Site, Sitting, Subject
from exams.services.arranging import seat_session
from exams.services.entries import enrol, papers_received
from exams.services.sittings import create_sitting
from kupasi.people.models import Candidate, Photo
from kupasi.people.photos import keep_photo
from tests.builders import a_candidate, act, at, photo_bytes

DAY = "2025-07-12"  # a Saturday; its ticket day is Wednesday 9 July
TICKET_DAY = date(2025, 7, 9)


@dataclass
class Session:
    """What a test needs at hand."""

    row: ExamSession
    subjects: list[Subject]
    room: Room
    sittings: list[Sitting]


def a_session(
    *, on: str = DAY, capacity: int = 30, occupation: str = "data-annotation", room: str = "第一考场"
) -> Session:
    """Theory at nine, practical at two, in one room."""
    chosen = Occupation.objects.get(code=occupation)
    row, _ = ExamSession.objects.get_or_create(occupation=chosen, exam_month=date.fromisoformat(on).replace(day=1))
    session = Session(row, list(chosen.subjects.order_by("order")), a_room(room, capacity=max(40, capacity)), [])
    for subject, hour in zip(session.subjects, ("09:00", "14:00"), strict=True):
        session.sittings.append(a_sitting(session, subject=subject, starts=f"{on}T{hour}", capacity=capacity))
    return session


def a_room(name: str = "第一考场", *, capacity: int = 40) -> Room:
    """A room of the sample site."""
    site, _ = Site.objects.get_or_create(name="示例考核点", defaults={"address": "上海市徐汇区示例路 1 号"})
    return Room.objects.get_or_create(site=site, name=name, defaults={"capacity": capacity})[0]


def a_sitting(
    session: Session, *, subject: Subject, starts: str, capacity: int = 30, room: Room | None = None
) -> Sitting:
    """Two hours of a subject."""
    return create_sitting(
        act(when="2025-06-18T09:00"),
        exam_session=session.row,
        subject=subject,
        room=room or session.room,
        starts_at=at(starts),
        ends_at=at(starts) + timedelta(hours=2),
        capacity=capacity,
    )


def a_photo(candidate: Candidate) -> Photo:
    """A portrait of this person and nobody else: the colour differs."""
    colour = "#" + f"{(candidate.pk * 2654435761) % 0xFFFFFF:06x}"
    out = io.BytesIO()
    from PIL import Image, ImageDraw

    with Image.open(io.BytesIO(photo_bytes())) as image:
        ImageDraw.Draw(image).rectangle((250, 600, 340, 700), fill=colour)
        image.save(out, "JPEG", quality=92)
    return keep_photo(candidate, out.getvalue(), by=act(when="2025-06-01T09:00"))


def enrolled(
    session: Session,
    *,
    person: Candidate | None = None,
    papers: bool = True,
    needs: str = "",
    photo: bool = False,
    subjects: list[Subject] | None = None,
) -> Entry:
    """A paid, approved person of the session."""
    person = person or a_candidate()
    by = act(when="2025-06-17T09:00")
    entry = enrol(
        by,
        candidate=person,
        exam_session=session.row,
        subjects=subjects or session.subjects,
        photo=a_photo(person) if photo else None,
        needs=needs,
    )
    return papers_received(entry.pk, by=by) if papers else entry


def seat_all(session: Session) -> None:
    """Seat whoever can be seated."""
    seat_session(session.row.pk, by=act(when="2025-06-20T09:00"))


def seats_of(entry: Entry) -> list[Seat]:
    """In the order of the subjects."""
    return list(Seat.objects.filter(entry=entry).order_by("subject__order"))

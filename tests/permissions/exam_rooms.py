"""What exams and cases keep in the world."""

from __future__ import annotations

from typing import Any

from django.core.files.base import ContentFile

from discipline.models import BarList
from discipline.services import complaints
from exams.models import (
    Mark,
    PrintRun,
    Publication,
    Relation,
    Release,
    ResultFlag,
    RetakeScheme,
    Seat,
    Subject,
)
from exams.services import prints, tickets
from exams.services.packets import make_packet
from exams.services.rechecks import ask_recheck
from kupasi.people.models import Candidate, User
from tests import builders
from tests.discipline import making
from tests.exams.seating import TICKET_DAY, Session, seat_all

from .arranging import a_headed_day
from .objects import World, both


def of_exam(world: World, session: Session, mine: Any, theirs: Any) -> None:
    """Seats and tickets in the coming session; the assigned sitting is the one that is over."""
    seat_all(session)
    for whose in (world.own, world.others):
        tickets.issue(whose["entry"], by=builders.act(when="2025-07-09T09:00"))
        whose["ticket"] = whose_ticket(whose["entry"])
    for seat in Seat.objects.filter(entry=world.own["entry"]).select_related("sitting"):
        assert seat.sitting is not None
        seat.sitting.invigilators.add(world.users["invigilator"])
        seat.sitting.markers.add(world.users["marker"])
    over = mine.entry.seats.order_by("subject__order").first()
    world.own |= {"sitting": over.sitting_id, "seat": over.pk, "session": mine.entry.exam_session_id}
    world.own["result"], world.others["result"] = mine.entry_id, theirs.entry_id
    old = Subject.objects.order_by("pk").first()
    line = {"occupation": old.occupation, "old_subject": old, "new_subject": old, "from_mode": 1, "to_mode": 2}
    scheme = RetakeScheme.objects.create(**line, source="测试", created_at=builders.at("2025-07-16T09:00"))
    both(world, scheme=scheme.pk)
    for whose, row in ((world.own, mine), (world.others, theirs)):
        mark = Mark.objects.filter(seat__entry=row.entry_id).order_by("pk").first()
        by = builders.act(row.candidate.user, "2025-07-16T09:00")
        whose |= {"mark": mark.pk, "recheck": ask_recheck(mark.pk, points=["sum"], by=by).pk}
    seat = Seat.objects.filter(entry=world.others["entry"]).select_related("sitting__room").first()
    assert seat is not None
    assert seat.sitting is not None
    there = seat.sitting
    world.others |= {"sitting": there.pk, "seat": seat.pk, "session": session.row.pk}
    publication = Publication.objects.get()
    flag, _ = ResultFlag.objects.get_or_create(exam_session=session.row, defaults={"due_on": TICKET_DAY})
    packet = make_packet(there.room.site_id, on=there.on, by=builders.act(world.users["clerk"], "2025-07-10T09:00"))
    asked = builders.act(world.users["clerk"], "2025-07-10T09:00")
    run = prints.ask(site_id=there.room.site_id, on=there.on, sheets=["door"], by=asked)
    prints.work(run.pk, by=asked, now=lambda: asked.at)
    both(world, publication=publication.pk, flag=flag.pk, packet=packet.pk, print=run.pk)
    release = Release.objects.create(
        exam_session=session.row,
        sha256="0" * 64,
        marks=1,
        approved_by=world.users["publisher"],
        approved_at=builders.at("2025-07-16T09:00"),
    )
    relation = Relation.objects.create(
        person=world.users["marker"],
        candidate=theirs.candidate,
        words="测试",
        declared_at=builders.at("2025-07-16T09:00"),
    )
    both(world, relation=relation.pk, publication=publication.pk, flag=flag.pk, packet=packet.pk, release=release.pk)


def of_heads(world: World, other: User) -> None:
    """A day of which the invigilator is head, and another's; the hand-over sheets that each asked for."""
    for whose, user, day in ((world.own, world.users["invigilator"], 6), (world.others, other, 7)):
        duty = a_headed_day(user, day=day)
        run = PrintRun.objects.create(
            kind="papers",
            site=duty.site,
            on=duty.on,
            sheets=["papers"],
            asked_by=user,
            asked_at=builders.at("2025-01-06T09:00"),
        )
        run.file.save("papers.pdf", ContentFile(b"%PDF-1.4"), save=True)
        whose |= {"headed": duty.pk, "handover": run.pk}


def of_cases(world: World, mine: Candidate, theirs: Candidate) -> None:
    """A case that each person was told about: one recorded by the assigned invigilator, one by others."""
    for whose, person in ((world.own, mine), (world.others, theirs)):
        people = making.staff()
        if whose is world.own:
            people.first, people.second = world.users["invigilator"], world.users["marker"]
        case = making.told(person, people)
        whose |= {"case": case.pk, "evidence": case.evidence.get().pk}
    complaint, _ = complaints.receive(builders.act(when="2025-08-02T09:00"), text="看到有人使用手机。")
    listed = BarList.objects.create(
        source="来文", received_sha256="0" * 64, uploaded_at=mine.created_at, uploaded_by=world.users["supervisor"]
    )
    both(world, complaint=complaint.pk, bar_list=listed.pk)


def whose_ticket(entry_id: int) -> int:
    """The ticket of an entry."""
    from exams.models import AdmissionTicket

    return AdmissionTicket.objects.get(entry=entry_id).pk

"""Two candidates with one of everything each, a sitting of one's own and another's, and a person for every role."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.test import Client

from certificates import services as certificates
from certificates.models import IssueBatch, NumberImport, NumberUse, RegisterExport, RegisterMapping, StockTake
from discipline import services as discipline
from discipline.models import BarList, Clause
from discipline.services import complaints
from exams.models import (
    Disruption,
    Document,
    DocumentVersion,
    Fee,
    Mark,
    Occupation,
    Plan,
    Publication,
    Relation,
    Release,
    ResultFlag,
    RetakeScheme,
    Room,
    Seat,
    Site,
    Subject,
    Window,
    WorkdayYear,
)
from exams.services import notice as documents
from exams.services import prints, tickets
from exams.services.packets import make_packet
from exams.services.rechecks import ask_recheck
from kupasi import clock
from kupasi.approvals import services as approvals
from kupasi.approvals.models import Proposal
from kupasi.audit import services as audit
from kupasi.audit.models import Entry as AuditEntry
from kupasi.notices.models import Heartbeat, JobRun, Notice
from kupasi.notices.services import beat
from kupasi.operations.services import roots
from kupasi.people.models import Candidate, ConsentText, Institution, Membership, User
from kupasi.people.tokens import make_token
from registration.models import CoreChange, DisruptionChoice, FullExport, LateAdmission, Order, Refund
from registration.services import applications, review
from tests import builders
from tests.certificates.made import ISSUED, a_series, waiting
from tests.discipline import making
from tests.exams.seating import TICKET_DAY, Session, a_session, seat_all
from tests.registration import desk
from tests.registration import lists as rosters

from .arranging import a_duty, a_tie
from .institutions import file_two
from .table import INSTITUTION, roles

NOTHING = 987654


@dataclass
class World:
    """The objects by kind: one's own (or assigned), another's, an institution's; and a browser for every role."""

    users: dict[str, User] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    own: dict[str, Any] = field(default_factory=dict)
    others: dict[str, Any] = field(default_factory=dict)
    ours: dict[str, Any] = field(default_factory=dict)
    theirs: dict[str, Any] = field(default_factory=dict)

    def object_of(self, kind: str, whose: str, role: str = "") -> Any:
        """A key. What an institution filed is its own; what is not an institution's at all is as for everybody."""
        if whose == "none":
            return "2020-01-01" if kind == "root" else NOTHING
        if role in INSTITUTION and kind in self.ours:
            return (self.ours if whose == "own" else self.theirs)[kind]
        return (self.own if whose == "own" else self.others)[kind]


def build() -> World:
    """Everything, by the services themselves."""
    world = World()
    builders.load_notice()
    mine, theirs, *filed = waiting("80", "85", "70", "75")
    a_series()
    for one in (mine, theirs):
        certificates.issue(one.pk, by=builders.act(when=ISSUED))
    sitting = mine.entry.seats.order_by("subject__order").first().sitting
    world.users = {role: builders.a_user(role) for role in roles()}
    world.users["candidate"] = mine.candidate.user
    _of_institutions(world)
    sitting.invigilators.add(world.users["invigilator"])
    sitting.markers.add(world.users["marker"])
    session = a_session(on="2025-07-13", capacity=1, occupation="model-application", room="第二考场")
    more = a_session(on="2025-07-13", capacity=1, occupation="model-application", room="第三考场")
    for whose, certificate in ((world.own, mine), (world.others, theirs)):
        whose |= _of_person(certificate.candidate, clerk=world.users["clerk"], finance=world.users["finance"])
        certificate.refresh_from_db()
        use = NumberUse.objects.get(number=certificate.number)
        whose |= {"certificate": certificate.pk, "use": use.pk}
    _of_lists(world)
    _of_exam(world, session, mine, theirs)
    _by_two(world, mine.candidate, more)
    _of_cases(world, mine.candidate, theirs.candidate)
    _of_office(world, session)
    world.ours, world.theirs = file_two(filed, list(Institution.objects.order_by("pk")))
    lists = [_of_rosters(school) for school in Institution.objects.order_by("pk")]
    world.ours, world.theirs = world.ours | lists[0], world.theirs | lists[1]
    hooks = {kind: world.ours[kind] for kind in ("paid_roster", "webhook", "delivery")}
    both(world, **lists[0], **hooks)
    world.theirs["window"] = NOTHING
    world.clients = {role: builders.signed_in(user) for role, user in world.users.items()} | {"": Client()}
    return world


def _of_lists(world: World) -> None:
    """A list for certificates and a file of official numbers, which both roles of their approval see."""
    numbers = NumberImport.objects.create(
        file_name="x.xlsx", sha256="0" * 64, rows=[], made_by=world.users["publisher"], made_at=builders.at(ISSUED)
    )
    mapping = RegisterMapping.objects.create(name="测试平台", content="certificates", columns=[["编号", "number", {}]])
    export = RegisterExport.objects.create(
        mapping=mapping, columns=[], digest="0" * 64, made_by=world.users["clerk"], made_at=builders.at(ISSUED)
    )
    count = StockTake.objects.create(
        taken_by=world.users["clerk"], taken_at=builders.at(ISSUED), expected=0, found=0, missing=[], unexpected=[]
    )
    both(world, batch=IssueBatch.objects.latest("pk").pk, numbers=numbers.pk)
    both(world, mapping=mapping.pk, export_file=export.pk, count=count.pk)


def _of_institutions(world: World) -> None:
    """A school whose clerk and approver look, and another."""
    ours = Institution.objects.create(name="样例学校", credit_code="91310000MA1FL0000N")
    Institution.objects.create(name="别的学校", credit_code="91350100M000100Y43")
    for role in INSTITUTION:
        Membership.objects.create(user=world.users[role], institution=ours)
    both(world, institution=ours.pk)


def _of_rosters(school: Institution) -> dict[str, Any]:
    """A list with a file, a person, a portrait and a zip, made by somebody else; and one that was handed in."""
    clerk, approver = (rosters.a_member(role, school) for role in INSTITUTION)
    roster = rosters.a_roster(clerk, people=1, first=700 + school.pk)
    sent = rosters.a_photo_zip(roster, clerk)
    filed = rosters.submitted(clerk, approver, people=1, first=800 + school.pk)
    row, upload, photo = roster.rows.get(), roster.uploads.get(), roster.photos.get()
    found = {"roster": roster, "row": row, "upload": upload, "portrait": photo, "zip": sent, "filed": filed}
    return {name: one.pk for name, one in found.items()} | {"window": roster.window_id}


def _of_person(person: Candidate, *, clerk: User, finance: User) -> dict[str, Any]:
    """An application that was paid, a draft, a key, a request, a bar of long ago."""
    application = desk.submitted(candidate=person, occupation="model-application")
    review.approve(application.pk, by=builders.act(clerk, "2025-05-21T10:00"))
    payment = desk.pay(application, finance)
    review.receive_original(application.pk, by=builders.act(clerk, "2025-05-23T10:00"))
    application.refresh_from_db()
    draft = applications.start_draft(person, by=builders.act(person.user, "2025-08-01T09:00"))
    bar = discipline.register_bar(
        builders.act(clerk, "2020-01-01T09:00"),
        candidate=person,
        clause=Clause.objects.first(),
        barred_from=date(2020, 1, 1),
        barred_until=date(2020, 12, 31),
        source="来文",
    )
    about = person.certificates.get()
    request = approvals.ask(
        builders.act(person.user, "2025-08-02T09:00"),
        kind="certificate_reprint",
        about=about,
        payload={},
        reason="遗失",
    )
    assert person.user is not None
    return {
        "application": application.pk,
        "entry": application.entry_id,
        "order": Order.objects.get(application=application).pk,
        "payment": payment.pk,
        "draft": draft.pk,
        "photo": application.photo_id,
        "person": person.pk,
        "account": person.user_id,
        "bar": bar.pk,
        "request": request.pk,
        "proposal": request.pk,
        "visit": NOTHING,
        "key": make_token(person.user, at=clock.now())[1].pk,
        "letter": Notice.objects.filter(candidate=person).first().pk,
    }


def _of_exam(world: World, session: Session, mine: Any, theirs: Any) -> None:
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


def _of_cases(world: World, mine: Candidate, theirs: Candidate) -> None:
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


def _by_two(world: World, person: Candidate, session: Session) -> None:
    """What two people allowed: one row of each kind."""
    proposal, clerk = Proposal.objects.get(pk=world.own["request"]), world.users["clerk"]
    window, occupation = Window.objects.first(), session.row.occupation
    at, due = builders.at("2025-08-02T09:00"), builders.at("2025-08-09T09:00")
    late = LateAdmission.objects.create(
        candidate=person, occupation=occupation, window=window, until=due, proposal=proposal, granted_at=at
    )
    change = CoreChange.objects.create(
        candidate=person, proposal=proposal, old_name=person.name, new_name=person.name, changed_at=at
    )
    export = FullExport.objects.create(exam_session=session.row, proposal=proposal, asked_by=clerk, expires_at=due)
    refund = Refund.objects.create(
        order_id=world.own["order"],
        proposal=proposal,
        amount=1,
        reason="测试",
        asked_by=clerk,
        approved_by=world.users["finance"],
        refunded_at=at,
    )
    both(world, late=late.pk, change=change.pk, export=export.pk, refund=refund.pk)
    moved = Disruption.objects.create(
        kind="sitting_moved", exam_session=session.row, sitting=session.sittings[0], before="原", after="新",
        reason="测试", answer_until=due.date(), proposal=proposal, asked_by=clerk,
        approved_by=world.users["supervisor"], decided_at=at,
    )  # fmt: skip
    both(world, disruption=moved.pk)
    for whose in (world.own, world.others):
        choice = DisruptionChoice.objects.create(disruption=moved, application_id=whose["application"], status="open")
        whose["choice"] = choice.pk


def whose_ticket(entry_id: int) -> int:
    """The ticket of an entry."""
    from exams.models import AdmissionTicket

    return AdmissionTicket.objects.get(entry=entry_id).pk


def both(world: World, **keys: Any) -> None:
    """What belongs to nobody is the same for everybody."""
    world.own |= keys
    world.others |= keys


def _of_office(world: World, session: Session) -> None:
    """One row of everything that the office keeps."""
    by = builders.act(world.users["clerk"], "2025-05-01T09:00")
    paper = documents.write_document(title="说明", body="正文", by=by)
    version = documents.add_version(paper.pk, content=b"%PDF-1.4 sample", file_name="a.pdf", by=by)
    documents.publish_document(paper.pk, by=by)
    beat("worker", at=by.at)
    JobRun.objects.create(job="test", period="1", at=by.at)
    audit.seal()
    root = roots.take(by=builders.act(when="2025-05-20T00:10"))
    assert root is not None
    from certificates.models import NumberSeries

    both(
        world,
        notice=paper.pk,
        document=paper.pk,
        file=version.pk if isinstance(version, DocumentVersion) else paper.pk,
        root=root.day.isoformat(),
        staff_account=world.users["clerk"].pk,
        setting="result_working_days",
        plan=Plan.objects.first().pk,
        window=Window.objects.first().pk,
        year=WorkdayYear.objects.first().pk,
        occupation=Occupation.objects.first().pk,
        fee=Fee.objects.first().pk,
        site=Site.objects.first().pk,
        room=Room.objects.first().pk,
        duty=a_duty(world.users["clerk"]).pk,
        tie=a_tie(world.users["clerk"]).pk,
        clause=Clause.objects.first().pk,
        text=ConsentText.objects.first().pk,
        series=NumberSeries.objects.first().pk,
        heartbeat=Heartbeat.objects.first().pk,
        jobrun=JobRun.objects.first().pk,
        audit=AuditEntry.objects.first().pk,
        any=1,
    )
    assert Document.objects.exists()
    assert Proposal.objects.exists()

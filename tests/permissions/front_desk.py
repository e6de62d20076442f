"""What people, institutions and the front desk keep in the world."""

from __future__ import annotations

from datetime import date
from typing import Any

from discipline import services as discipline
from discipline.models import Clause
from exams.models import (
    Disruption,
    Window,
)
from kupasi import clock
from kupasi.approvals import services as approvals
from kupasi.approvals.models import Proposal
from kupasi.notices.models import Notice
from kupasi.people.models import Candidate, Institution, Membership, User
from kupasi.people.tokens import make_token
from registration.models import CoreChange, DisruptionChoice, FullExport, LateAdmission, Order, Refund
from registration.services import applications, review
from tests import builders
from tests.exams.seating import Session
from tests.registration import desk
from tests.registration import lists as rosters

from .objects import NOTHING, World, both
from .table import INSTITUTION


def of_institutions(world: World) -> None:
    """A school whose clerk and approver look, and another."""
    ours = Institution.objects.create(name="样例学校", credit_code="91310000MA1FL0000N")
    Institution.objects.create(name="别的学校", credit_code="91350100M000100Y43")
    for role in INSTITUTION:
        Membership.objects.create(user=world.users[role], institution=ours)
    both(world, institution=ours.pk)


def of_rosters(school: Institution) -> dict[str, Any]:
    """A list with a file, a person, a portrait and a zip, made by somebody else; and one that was handed in."""
    clerk, approver = (rosters.a_member(role, school) for role in INSTITUTION)
    roster = rosters.a_roster(clerk, people=1, first=700 + school.pk)
    sent = rosters.a_photo_zip(roster, clerk)
    filed = rosters.submitted(clerk, approver, people=1, first=800 + school.pk)
    row, upload, photo = roster.rows.get(), roster.uploads.get(), roster.photos.get()
    found = {"roster": roster, "row": row, "upload": upload, "portrait": photo, "zip": sent, "filed": filed}
    return {name: one.pk for name, one in found.items()} | {"window": roster.window_id}


def of_person(person: Candidate, *, clerk: User, finance: User) -> dict[str, Any]:
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


def by_two(world: World, person: Candidate, session: Session) -> None:
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

"""Two candidates with one of everything each, a sitting of one's own and another's, and a person for every role."""

from __future__ import annotations

from django.test import Client

from certificates import services as certificates
from certificates.models import NumberUse
from kupasi.people.models import Institution
from tests import builders
from tests.certificates.made import ISSUED, a_series, waiting
from tests.exams.seating import a_session

from .exam_rooms import of_cases, of_exam, of_heads
from .front_desk import by_two, of_institutions, of_person, of_rosters
from .institutions import file_two
from .objects import NOTHING, World, both
from .office import of_lists, of_office
from .table import roles

__all__ = ["World", "build"]


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
    of_institutions(world)
    sitting.invigilators.add(world.users["invigilator"])
    sitting.markers.add(world.users["marker"])
    session = a_session(on="2025-07-13", capacity=1, occupation="model-application", room="第二考场")
    more = a_session(on="2025-07-13", capacity=1, occupation="model-application", room="第三考场")
    for whose, certificate in ((world.own, mine), (world.others, theirs)):
        whose |= of_person(certificate.candidate, clerk=world.users["clerk"], finance=world.users["finance"])
        certificate.refresh_from_db()
        use = NumberUse.objects.get(number=certificate.number)
        whose |= {"certificate": certificate.pk, "use": use.pk}
    of_lists(world)
    of_exam(world, session, mine, theirs)
    by_two(world, mine.candidate, more)
    of_cases(world, mine.candidate, theirs.candidate)
    of_office(world, session)
    of_heads(world, builders.a_user("invigilator"))
    world.ours, world.theirs = file_two(filed, list(Institution.objects.order_by("pk")))
    lists = [of_rosters(school) for school in Institution.objects.order_by("pk")]
    world.ours, world.theirs = world.ours | lists[0], world.theirs | lists[1]
    hooks = {kind: world.ours[kind] for kind in ("paid_roster", "webhook", "delivery")}
    both(world, **lists[0], **hooks)
    world.theirs["window"] = NOTHING
    world.clients = {role: builders.signed_in(user) for role, user in world.users.items()} | {"": Client()}
    return world

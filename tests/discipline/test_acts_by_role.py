"""Every act on a case, by every role, at each point of the road: who may take it is what the matrix says (case.*).

The table of addresses cannot say it, because all acts are posts to one address.
"""

from __future__ import annotations

import pytest
from django.db import transaction
from django.test import Client

from discipline.enums import LetterKind
from discipline.forms_decision import FORMS
from discipline.models import Case
from discipline.services import recording, review
from kupasi.people.roles import ROLES
from tests.builders import a_user, act, signed_in
from tests.exams.marking import Exam, a_published_exam

from . import making

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
CLERK, DECIDES = {"evidence"}, {"step_aside"}
OFFERED = {
    "recorded": {"clerk": CLERK | {"countersign"}},
    "signed": {"clerk": CLERK},  # a room's record is confirmed by the head of the day alone
    "confirmed": {"clerk": CLERK | {"examine"}},
    "examined": {"clerk": CLERK | {"notice"}},
    "noticed": {"clerk": CLERK | {"state", "waive"}, "supervisor": DECIDES | {"decide", "preview"}},
    "decided": {"clerk": CLERK | {"serve"}, "supervisor": DECIDES},
    "served": {"clerk": CLERK | {"ask_review"}, "supervisor": DECIDES | {"carry_out"}},
    "in_review": {"clerk": CLERK, "supervisor": DECIDES | {"uphold", "overturn"}},
}


def at(stage: str, exam: Exam) -> tuple[Case, making.Staff]:
    """A case of a room as far as the stage, each step by its own person."""
    people, seat = making.staff(), making.theory(exam.entries[0])
    assert seat.sitting is not None
    seat.sitting.invigilators.add(people.first, people.second)
    case = recording.record_case(act(people.first, making.RECORDED), making.an_incident(), seat_id=seat.pk)
    for point, step in (
        ("signed", lambda: recording.countersign(case.pk, by=act(people.second, making.RECORDED))),
        ("confirmed", lambda: making.confirmed(case, people)),
        ("examined", lambda: making.looked_into(case, people)),
        ("noticed", lambda: making.told_of(case, people)),
        ("decided", lambda: making.decided(Case.objects.get(pk=case.pk), people)),
        ("served", lambda: making.serve(case, LetterKind.DECISION, people, when=making.SERVED)),
        ("in_review", lambda: review.ask(case.pk, by=act(case.candidate.user, making.ASKED), text="不服")),
    ):
        if list(OFFERED).index(point) > list(OFFERED).index(stage):
            break
        step()
    return Case.objects.get(pk=case.pk), people


def may(client: Client, case: Case, name: str) -> bool:
    """Whether the act is taken or answered with what is missing, rather than refused; whatever it did is undone."""
    with transaction.atomic():
        answer = client.post(f"/discipline/cases/{case.pk}/", {"act": name})
        transaction.set_rollback(True)
    return answer.status_code not in (403, 404, 409)


@pytest.fixture(autouse=True)
def on_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the days to be heard and for a review."""
    monkeypatch.setattr("kupasi.clock.now", lambda: making.at(making.ASKED))


@pytest.mark.parametrize("stage", list(OFFERED))
def test_each_act_is_its_role_s(stage: str) -> None:
    case, _ = at(stage, a_published_exam("80,70")[0])
    found = {}
    for role in ROLES:
        client = signed_in(a_user(role))
        found[role] = {name for name in (*FORMS, "preview") if may(client, case, name)}
    assert {role: acts for role, acts in found.items() if acts} == OFFERED[stage]

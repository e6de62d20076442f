"""Institutions are registered by the office, and their people land where their work is (通知 二(二))."""

from __future__ import annotations

import pytest
from django.urls import reverse

from kupasi.approvals.models import Proposal
from kupasi.approvals.services import approve
from kupasi.audit.models import Entry
from kupasi.people.models import Institution, Membership, User
from tests import builders

pytestmark = pytest.mark.django_db
ADD = "/admin/people/institution/add/"
CODE = "91310000MA1FL0000N"


def typed(code: str = CODE) -> dict[str, str]:
    return {"name": "样例学校", "credit_code": code, "contact": "", "is_active": "on"}


def member(role: str, institution: Institution) -> User:
    user = builders.a_user(role)
    Membership.objects.create(user=user, institution=institution)
    return user


def test_the_office_registers_an_institution_by_its_code() -> None:
    office = builders.signed_in(builders.a_user("admin"))
    assert office.post(ADD, typed("9131 0000-ma1fl0000n")).status_code == 302
    assert Institution.objects.get().credit_code == CODE
    assert Entry.objects.filter(action="institution.create").count() == 1


@pytest.mark.parametrize("code", ["91310000MA1FL0000M", "91310000MA1FL0000", "91310000MA1FLO000N", ""])
def test_a_wrong_code_is_shown_and_nothing_is_written(code: str) -> None:
    office = builders.signed_in(builders.a_user("admin"))
    answer = office.post(ADD, typed(code))
    assert answer.status_code == 200
    assert not Institution.objects.exists()


def test_a_code_is_registered_once() -> None:
    Institution.objects.create(name="样例学校", credit_code=CODE)
    office = builders.signed_in(builders.a_user("admin"))
    assert office.post(ADD, typed(CODE.lower())).status_code == 200
    assert Institution.objects.count() == 1


def test_the_first_approver_is_asked_for_by_one_and_opened_by_another() -> None:
    school = Institution.objects.create(name="样例学校", credit_code=CODE)
    admin, auditor = builders.a_user("admin"), builders.a_user("auditor")
    office = builders.signed_in(admin)
    chosen = {"action": "invite_approver", "_selected_action": school.pk}
    page = office.post("/admin/people/institution/", chosen)["Location"]
    assert 'value="institution_approver" id="id_roles_1" checked' in office.get(page).content.decode()
    given = {"username": "first", "name": "测试", "roles": "institution_approver", "institution": school.pk}
    office.post(page, {**given, "reason": "来函申请"})
    proposal = Proposal.objects.get()
    approve(proposal.pk, seen=proposal.digest, by=builders.act(auditor, proposal.asked_at))
    assert User.objects.get(username="first").membership.institution == school


@pytest.mark.parametrize("role", ["institution_clerk", "institution_approver"])
def test_people_of_an_institution_land_on_their_page(role: str) -> None:
    school = Institution.objects.create(name="样例学校", credit_code=CODE)
    client = builders.signed_in(member(role, school))
    assert client.get(reverse("start"))["Location"] == reverse("institution")
    assert client.get(reverse("institution")).status_code == 200


def test_an_institution_that_is_closed_has_no_pages() -> None:
    school = Institution.objects.create(name="样例学校", credit_code=CODE, is_active=False)
    client = builders.signed_in(member("institution_approver", school))
    assert client.get(reverse("institution")).status_code == 404

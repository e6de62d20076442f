"""The office's lists of persons and accounts (OP-009; matrix: account.create_staff, role.grant, pii.full_id)."""

from __future__ import annotations

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.test import Client

from kupasi.approvals.models import Proposal
from kupasi.approvals.services import approve
from kupasi.audit.models import Entry
from kupasi.notices.models import Notice
from kupasi.people.models import Institution, User
from kupasi.people.services import create_account, disable_account, set_roles, settle_identity
from tests import builders

from .pages import enrol, otp, sign_in

pytestmark = pytest.mark.django_db
PEOPLE = "/admin/people/candidate/"
ACCOUNTS = "/admin/people/user/"


def office(client: Client, role: str) -> User:
    user = builders.a_user(role)
    enrol(user)
    sign_in(client, user.username)
    client.post("/accounts/2fa/authenticate/", {"code": otp()})
    return user


def find(client: Client, words: str) -> str:
    return client.post(PEOPLE, {"find": words}, follow=True).content.decode()


@pytest.mark.parametrize("role", ["clerk", "auditor", "admin", "supervisor"])
def test_every_list_opens_or_is_refused(client: Client, role: str) -> None:
    office(client, role)
    for path in ("people/candidate", "people/user", "people/institution", "people/consenttext", "audit/entry",
                 "notices/notice", "notices/heartbeat"):  # fmt: skip
        assert client.get(f"/admin/{path}/").status_code in {200, 403}


def test_a_person_is_found_by_every_handle_and_the_look_is_recorded(client: Client) -> None:
    clerk = office(client, "clerk")
    person = builders.a_candidate(name="欧阳测试", phone="13912345678")
    number = person.documents.get().number
    for words in (number, number.lower(), number[-4:], "139 1234 5678", "5678", "欧阳"):
        rows = find(client, words).split('id="result_list"')[1]
        assert "欧阳测试" in rows, words
        assert number not in rows
        assert "13912345678" not in rows
    assert Entry.objects.filter(action="candidate.search", actor=clerk).count() == 6


@pytest.mark.parametrize("words", ["欧", "12", "123"])
def test_too_little_finds_nobody(client: Client, words: str) -> None:
    office(client, "clerk")
    builders.a_candidate(name="欧阳测试")
    assert "欧阳测试" not in find(client, words)


def test_words_of_a_search_stay_out_of_the_address(client: Client) -> None:
    office(client, "clerk")
    form = client.get(PEOPLE).content.decode().split('id="changelist-search"')[1].split("</form>")[0]
    assert form.startswith(' method="post"')
    assert "csrfmiddlewaretoken" in form
    response = client.post(PEOPLE, {"find": "13912345678"})
    assert "13912345678" not in response.url
    assert "13912345678" in client.get(response.url).content.decode()


def test_a_person_is_read_only_and_whole_numbers_need_a_reason(client: Client) -> None:
    office(client, "clerk")
    person = builders.a_candidate()
    number = person.documents.get().number
    page = client.get(f"{PEOPLE}{person.pk}/change/").content.decode()
    assert number not in page
    assert '<input type="text"' not in page
    door = f"{PEOPLE}{person.pk}/numbers/"
    assert number not in client.post(door, {"reason": ""}).content.decode()
    assert number in client.post(door, {"reason": "核对邮寄信息"}).content.decode()
    assert Entry.objects.get(action="candidate.reveal").reason == "核对邮寄信息"


def test_those_with_masked_sight_see_no_whole_number(client: Client) -> None:
    office(client, "finance")
    person = builders.a_candidate()
    response = client.post(f"{PEOPLE}{person.pk}/numbers/", {"reason": "想看一看"})
    assert response.status_code in {403, 404}


def test_links_stand_there_for_those_they_open_for(client: Client) -> None:
    office(client, "finance")
    person = builders.a_candidate()
    page = client.get(f"{PEOPLE}{person.pk}/change/").content.decode()
    assert "/numbers/" not in page
    assert "/ask/" not in page


def test_whoever_only_invigilates_looks_up_nobody(client: Client) -> None:
    office(client, "invigilator")
    person = builders.a_candidate()
    assert client.get(PEOPLE).status_code == 403
    assert client.get(f"{PEOPLE}{person.pk}/change/").status_code in {403, 404}


@pytest.mark.parametrize(("codes", "door"), [(True, "recovery-codes/"), (False, "recovery-codes/generate/")])
def test_the_account_page_leads_to_recovery_codes_that_exist(client: Client, codes: bool, door: str) -> None:
    user = office(client, "finance")
    if codes:
        RecoveryCodes.activate(user)
    address = f"/accounts/2fa/{door}"
    assert f'href="{address}"' in client.get("/accounts/profile/").content.decode()


def test_a_settled_identity_is_recorded_once(clerk: User) -> None:
    person = builders.a_candidate()
    person.needs_identity_review = True
    person.save()
    for _ in range(2):
        settle_identity(person.pk, by=builders.act(clerk), reason="核对原件")
    assert Entry.objects.filter(action="candidate.settle_identity").count() == 1


ASK_ACCOUNT = "/admin/approvals/proposal/ask/staff_account/0/"
NEW_ACCOUNT = {"username": "wang.li", "name": "王测试", "roles": ["clerk"], "institution": "", "reason": "新同事"}


def approved_by_auditor() -> None:
    proposal = Proposal.objects.get(status="open")
    approve(proposal.pk, seen=proposal.digest, by=builders.act(builders.a_user("auditor")))


def test_an_administrator_asks_an_auditor_approves_and_the_person_is_invited(client: Client) -> None:
    office(client, "admin")
    assert client.get(f"{ACCOUNTS}add/")["Location"] == ASK_ACCOUNT
    assert client.post(ASK_ACCOUNT, NEW_ACCOUNT).status_code == 302
    assert not User.objects.filter(username="wang.li").exists()
    approved_by_auditor()
    made = User.objects.get(username="wang.li")
    assert (made.is_staff, made.role_names, made.has_usable_password()) == (True, {"clerk"}, False)
    page = client.post(ACCOUNTS, {"action": "invite", "_selected_action": [made.pk]})
    assert "/accounts/invitation/" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert Entry.objects.filter(action="account.create", object_id=str(made.pk)).count() == 1


@pytest.mark.parametrize("changed", [{"name": ""}, {"name": "1"}, {"roles": []}, {"roles": ["institution_clerk"]}])
def test_a_faulty_account_is_not_even_asked_for(client: Client, changed: dict[str, object]) -> None:
    office(client, "admin")
    assert client.post(ASK_ACCOUNT, NEW_ACCOUNT | changed).status_code == 200
    assert not Proposal.objects.exists()


def test_roles_change_through_the_record_and_end_sessions(client: Client) -> None:
    office(client, "admin")
    user = builders.a_user("clerk")
    door = client.post(ACCOUNTS, {"action": "roles", "_selected_action": [user.pk]})["Location"]
    client.post(door, {"roles": ["finance"], "reason": "调岗"})
    approved_by_auditor()
    line = Entry.objects.get(action="role.grant")
    assert (line.before, line.after, line.reason) == ({"roles": ["clerk"]}, {"roles": ["finance"]}, "调岗")
    assert User.objects.get(pk=user.pk).sessions_from is not None


def test_an_auditor_looks_at_accounts_but_makes_none(client: Client) -> None:
    office(client, "auditor")
    assert client.get(ACCOUNTS).status_code == 200
    assert client.get(f"{ACCOUNTS}add/").status_code == 403
    assert client.get("/admin/audit/entry/").status_code == 200


def test_only_readers_of_the_record_read_it(client: Client) -> None:
    office(client, "clerk")
    assert client.get("/admin/audit/entry/").status_code == 403


def test_nobody_changes_or_closes_their_own_account() -> None:
    admin = builders.a_user("admin")
    with pytest.raises(Exception, match="自己的角色"):
        set_roles(admin.pk, roles=["clerk"], by=builders.act(admin))
    with pytest.raises(Exception, match="自己的账号"):
        disable_account(admin.pk, by=builders.act(admin))


def test_institution_people_need_their_institution(client: Client) -> None:
    admin = builders.a_user("admin")
    with pytest.raises(Exception, match="所属机构"):
        create_account(builders.act(admin), username="school", name="李测试", roles=["institution_clerk"])
    school = Institution.objects.create(name="样例学校", credit_code="91310000MA1FL0000N")
    made = create_account(
        builders.act(admin), username="school", name="李测试", roles=["institution_clerk"], institution=school
    )
    assert not made.is_staff
    assert made.membership.institution == school


def test_letters_that_did_not_arrive_are_the_call_list(client: Client) -> None:
    office(client, "clerk")
    person = builders.a_candidate(phone="13912345678")
    Notice.objects.create(
        key="k", kind="ticket", channel="email", candidate=person, subject="准考证", body="请确认", status="failed",
        next_try_at=builders.at("2025-05-20T09:00"), queued_at=builders.at("2025-05-20T09:00"),
    )  # fmt: skip
    page = client.get("/admin/notices/notice/?status__exact=failed").content.decode()
    assert "139****5678" in page


def test_letters_are_sorted_by_what_they_are_about_in_words(client: Client) -> None:
    office(client, "clerk")
    person, at = builders.a_candidate(), builders.at("2025-05-20T09:00")
    for kind, subject in (("ticket_answer", "甲信"), ("audit_root", "乙信")):
        Notice.objects.create(
            key=kind, kind=kind, channel="email", candidate=person, subject=subject, next_try_at=at, queued_at=at
        )
    letters = "/admin/notices/notice/"
    for family, seen in (("准考证", ["甲信"]), ("其他", ["乙信"])):
        page = client.get(letters, {"family": family}).content.decode()
        assert [subject for subject in ("甲信", "乙信") if subject in page] == seen
    letter = Notice.objects.get(kind="ticket_answer")
    for page in (letters, f"{letters}{letter.pk}/change/"):
        assert "ticket_answer" not in client.get(page).content.decode()


def test_accounts_are_found_by_the_name_of_their_role() -> None:
    clerk, marker = builders.a_user("clerk"), builders.a_user("marker")
    office = builders.signed_in(builders.a_user("admin"))
    page = office.get(ACCOUNTS, {"role": "clerk"})
    assert "受理" in page.content.decode()
    found = set(page.context["cl"].queryset)
    assert clerk in found
    assert marker not in found


def test_an_account_s_page_leads_to_what_two_people_do_and_never_to_ones_own(client: Client) -> None:
    mine, other = office(client, "admin"), builders.a_user("clerk")
    way = "/admin/approvals/proposal/ask/second_factor_reset/{}/"
    assert way.format(other.pk) in client.get(f"{ACCOUNTS}{other.pk}/change/").content.decode()
    assert client.get(way.format(other.pk)).status_code == 200
    assert way.format(mine.pk) not in client.get(f"{ACCOUNTS}{mine.pk}/change/").content.decode()
    reader = Client()
    office(reader, "auditor")
    assert way.format(other.pk) not in reader.get(f"{ACCOUNTS}{other.pk}/change/").content.decode()

"""Asked by one, approved by another, carried out once, exactly as shown (权限表)."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from kupasi.approvals import services
from kupasi.approvals.enums import ProposalStatus
from kupasi.approvals.models import Proposal
from kupasi.audit.models import Entry
from kupasi.notices.models import Notice
from kupasi.people.models import User
from kupasi.people.services import staff
from tests.builders import a_user, act, signed_in

from .steps import approved, asked, refused

pytestmark = pytest.mark.django_db
S = ProposalStatus


@pytest.fixture
def admin() -> User:
    return a_user("admin")


@pytest.fixture
def auditor() -> User:
    return a_user("auditor")


@pytest.fixture
def proposal(admin: User) -> Proposal:
    return asked("role_grant", a_user("clerk"), {"roles": ["finance"]}, by=admin)


def roles_of(proposal: Proposal) -> set[str]:
    return set(User.objects.get(pk=proposal.about_id).role_names)


def test_asking_changes_nothing_and_approving_carries_it_out(proposal: Proposal, auditor: User) -> None:
    assert roles_of(proposal) == {"clerk"}
    done = approved(proposal, by=auditor)
    assert (done.status, done.decided_by, roles_of(proposal)) == (S.APPROVED, auditor, {"finance"})
    assert Entry.objects.filter(action="role.grant", actor=auditor).count() == 1


def test_the_asker_cannot_approve_even_with_the_role(proposal: Proposal, admin: User) -> None:
    admin.groups.add(a_user("auditor").groups.get())
    with refused("four_eyes"):
        approved(proposal, by=admin)
    assert roles_of(proposal) == {"clerk"}


@pytest.mark.parametrize("role", ["clerk", "supervisor", "finance", "admin", "candidate"])
def test_another_role_cannot_approve(proposal: Proposal, role: str) -> None:
    with refused("not_allowed"):
        approved(proposal, by=a_user(role))
    with refused("not_allowed"):
        services.refuse(proposal.pk, reason="不", by=act(a_user(role)))


def test_whom_it_is_about_cannot_approve(admin: User, auditor: User) -> None:
    own = asked("role_grant", auditor, {"roles": ["auditor", "admin"]}, by=admin)
    with refused("four_eyes"):
        approved(own, by=auditor)


@pytest.mark.parametrize("role", ["clerk", "auditor", "finance"])
def test_another_role_cannot_ask(role: str) -> None:
    with refused("not_allowed"):
        asked("role_grant", a_user("clerk"), {"roles": ["admin"]}, by=a_user(role))


def test_a_second_click_changes_nothing_more(proposal: Proposal, auditor: User) -> None:
    approved(proposal, by=auditor)
    approved(proposal, by=auditor)
    assert Entry.objects.filter(action="role.grant").count() == 1
    with refused("wrong_status"):
        approved(proposal, by=a_user("auditor"))


def test_what_is_refused_changes_nothing(proposal: Proposal, auditor: User) -> None:
    services.refuse(proposal.pk, reason="没有必要", by=act(auditor))
    assert roles_of(proposal) == {"clerk"}
    with refused("wrong_status"):
        approved(proposal, by=a_user("auditor"))


def test_what_changed_meanwhile_fails_and_may_be_asked_again(proposal: Proposal, admin: User, auditor: User) -> None:
    staff.set_roles(int(proposal.about_id), roles=["marker"], by=act(admin))
    with refused("stale"):
        approved(proposal, by=auditor)
    proposal.refresh_from_db()
    assert (proposal.status, roles_of(proposal)) == (S.FAILED, {"marker"})
    again = asked("role_grant", User.objects.get(pk=proposal.about_id), {"roles": ["finance"]}, by=admin)
    assert approved(again, by=auditor).status == S.APPROVED


def test_what_was_altered_after_it_was_shown_is_not_approved(proposal: Proposal, auditor: User) -> None:
    stored = Proposal.objects.get(pk=proposal.pk)
    stored.content = stored.content.replace("finance", "admin")
    stored.save(update_fields=["content"])
    with refused("altered"):
        approved(proposal, by=auditor)
    with refused("altered"):
        services.approve(proposal.pk, seen="something else", by=act(auditor))


def test_the_same_is_asked_once(proposal: Proposal, admin: User) -> None:
    with refused("already_asked"):
        asked("role_grant", User.objects.get(pk=proposal.about_id), {"roles": ["admin"]}, by=admin)
    services.withdraw(proposal.pk, by=act(admin))
    asked("role_grant", User.objects.get(pk=proposal.about_id), {"roles": ["admin"]}, by=admin)


def test_only_the_asker_withdraws(proposal: Proposal, auditor: User) -> None:
    with refused("not_allowed"):
        services.withdraw(proposal.pk, by=act(auditor))


def test_what_cannot_be_is_said_when_it_is_asked(admin: User) -> None:
    with refused("unknown_role"):
        asked("role_grant", a_user("clerk"), {"roles": ["candidate"]}, by=admin)
    assert not Proposal.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        "status='approved', decided_by_id=asked_by_id, decided_at=asked_at",
        "first_by_id=asked_by_id, first_at=asked_at",
        "status='approved', needs_two=true, decided_by_id={other}, decided_at=asked_at",
        "status='approved', needs_two=true, first_by_id={other}, decided_by_id={other}, decided_at=asked_at",
        "status='approved'",
        "reason=''",
    ],
)
def test_the_database_itself_refuses_a_lone_hand(proposal: Proposal, auditor: User, change: str) -> None:
    statement = f"UPDATE approvals_proposal SET {change.format(other=auditor.pk)}"
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_asker_gets_one_letter(proposal: Proposal, admin: User, auditor: User) -> None:
    approved(proposal, by=auditor)
    letter = Notice.objects.get(kind="proposal_decided", user=admin)
    assert "已批准" in letter.subject


def test_content_is_unreadable_at_rest(admin: User) -> None:
    asked("staff_account", None, {"username": "w", "name": "王测试", "roles": ["clerk"], "institution": None}, by=admin)
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM approvals_proposal")
        assert "王测试" not in cursor.fetchone()[0]


def test_the_inbox_lists_and_the_page_decides(proposal: Proposal, admin: User, auditor: User) -> None:
    desk = signed_in(auditor)
    listed = desk.get("/admin/approvals/proposal/?pile=mine").content.decode()
    assert "调整角色" in listed
    assert "待我审批" in desk.get("/admin/").content.decode()
    page = f"/admin/approvals/proposal/{proposal.pk}/page/"
    shown = desk.get(page).content.decode()
    assert "受理" in shown
    assert "财务" in shown
    assert desk.post(page, {"act": "approve", "seen": proposal.digest, "reason": ""}).status_code == 302
    assert roles_of(proposal) == {"finance"}
    assert "result_list" not in desk.get("/admin/approvals/proposal/?pile=mine").content.decode()


def test_the_page_refuses_the_asker_and_strangers(proposal: Proposal, admin: User) -> None:
    page = f"/admin/approvals/proposal/{proposal.pk}/page/"
    form = {"act": "approve", "seen": proposal.digest, "reason": ""}
    assert signed_in(admin).post(page, form).status_code == 403
    assert signed_in(a_user("marker")).post(page, form).status_code == 404
    assert roles_of(proposal) == {"clerk"}

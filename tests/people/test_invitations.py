"""Accounts are opened by a link that works once (matrix: account.create_staff, account.create_clerk)."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from kupasi import clock
from kupasi.acts import Act
from kupasi.audit.models import Entry as AuditEntry
from kupasi.errors import Refusal
from kupasi.people.models import Institution, Invitation, Membership, User
from kupasi.people.services import invitations
from tests import builders

from .pages import PASSWORD, sign_in

pytestmark = pytest.mark.django_db
NOW = "2025-05-20T09:00"
PAGE = "/accounts/clerks/"


def of_institution(role: str, institution: Institution) -> User:
    user = builders.a_user(role)
    Membership.objects.create(user=user, institution=institution)
    return user


@pytest.fixture
def school() -> Institution:
    return Institution.objects.create(name="样例学校", credit_code="91310000MA1TEST00X")


@pytest.fixture
def approver(school: Institution) -> User:
    return of_institution("institution_approver", school)


@pytest.fixture
def admin() -> User:
    return builders.a_user("admin")


def invited(admin: User, role: str = "clerk", when: str = NOW) -> tuple[str, User]:
    user = builders.a_user(role)
    token, _ = invitations.invite(user.pk, by=builders.act(admin, when))
    return token, user


def now(user: User) -> Act:
    return builders.act(user, clock.now())


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.RaisesExc(Refusal, check=lambda refusal: refusal.code == code)


def test_staff_set_the_password_and_meet_the_second_factor_first(admin: User, client: Client) -> None:
    user = builders.a_user("clerk")
    token, _ = invitations.invite(user.pk, by=now(admin))
    page = reverse("accept_invitation", args=[token])
    assert client.get(page).status_code == 200
    assert client.post(page, {"password": PASSWORD, "again": PASSWORD}).status_code == 302
    assert sign_in(client, user.username, PASSWORD).status_code == 302
    assert client.get("/admin/")["Location"] == reverse("mfa_activate_totp")


def test_a_link_works_once(admin: User) -> None:
    token, _ = invited(admin)
    invitations.accept(token, password=PASSWORD, by=builders.act(when=NOW))
    with refused("invitation_dead"):
        invitations.accept(token, password="another-long-passphrase", by=builders.act(when=NOW))


@pytest.mark.parametrize(("when", "works"), [("2025-05-27T08:59", True), ("2025-05-27T09:00", False)])
def test_a_link_lives_a_week(admin: User, when: str, works: bool) -> None:
    token, user = invited(admin)
    if works:
        assert invitations.accept(token, password=PASSWORD, by=builders.act(when=when)) == user
    else:
        with refused("invitation_dead"):
            invitations.accept(token, password=PASSWORD, by=builders.act(when=when))


def test_a_new_link_voids_the_old_one_and_the_password(admin: User) -> None:
    token, user = invited(admin)
    invitations.invite(user.pk, by=builders.act(admin, NOW))
    with refused("invitation_dead"):
        invitations.open_invitation(token, by=builders.act(when=NOW))
    user.refresh_from_db()
    assert not user.has_usable_password()


def test_only_the_hash_is_kept_and_the_record_holds_no_link(admin: User) -> None:
    token, _ = invited(admin)
    assert token not in str(Invitation.objects.values())
    assert token not in str(AuditEntry.objects.values())


@pytest.mark.parametrize("token", ["x", "x" * 43, "测试", "%00"])
def test_a_made_up_link_is_not_found(client: Client, token: str) -> None:
    assert client.get(reverse("accept_invitation", args=[token])).status_code == 404


def test_a_weak_password_is_refused_and_leaves_the_link(admin: User, client: Client) -> None:
    user = builders.a_user("clerk")
    token, _ = invitations.invite(user.pk, by=now(admin))
    page = reverse("accept_invitation", args=[token])
    assert client.post(page, {"password": "1234567890", "again": "1234567890"}).status_code == 400
    assert client.get(page).status_code == 200


@pytest.mark.parametrize("role", ["clerk", "supervisor", "auditor", "institution_clerk", "candidate", "finance"])
def test_other_roles_invite_nobody(role: str) -> None:
    user, other = builders.a_user(role), builders.a_user("clerk")
    with refused("not_allowed"):
        invitations.invite(other.pk, by=builders.act(user, NOW))
    assert builders.signed_in(user).get(PAGE).status_code == 404


def test_an_approver_opens_and_closes_a_clerk(approver: User) -> None:
    client = builders.signed_in(approver)
    page = client.post(PAGE, {"username": "school.clerk", "name": "测试戊"}, follow=True).content.decode()
    assert page.count("/accounts/invitation/") == 1
    assert "/accounts/invitation/" not in client.get(PAGE).content.decode(), "shown once"
    clerk = User.objects.get(username="school.clerk")
    assert (clerk.role_names, clerk.is_staff, clerk.membership.institution) == (
        {"institution_clerk"}, False, approver.membership.institution,
    )  # fmt: skip
    client.post(reverse("close_clerk", args=[clerk.pk]))
    clerk.refresh_from_db()
    assert not clerk.is_active
    assert not Invitation.objects.filter(used_at=None, withdrawn_at=None).exists()


def test_an_approver_reaches_own_people_only(approver: User, school: Institution) -> None:
    elsewhere = Institution.objects.create(name="别的学校", credit_code="91310000MA1TEST01X")
    client = builders.signed_in(approver)
    for other in (of_institution("institution_clerk", elsewhere), approver, builders.a_user("clerk")):
        assert client.post(reverse("invite_again", args=[other.pk])).status_code == 404
        assert client.post(reverse("close_clerk", args=[other.pk])).status_code == 404
    own = of_institution("institution_clerk", school)
    assert client.post(reverse("invite_again", args=[own.pk])).status_code == 302


def a_second_approver(school: Institution) -> list[User]:
    """One who only signs, and one who also uploads."""
    both = of_institution("institution_clerk", school)
    both.groups.add(Group.objects.get(name="institution_approver"))
    return [of_institution("institution_approver", school), both]


def test_an_approver_neither_opens_nor_closes_another(approver: User, school: Institution) -> None:
    client = builders.signed_in(approver)
    for other in a_second_approver(school):
        for door in ("invite_again", "close_clerk"):
            assert client.post(reverse(door, args=[other.pk])).status_code == 404
        with refused("not_allowed"):
            invitations.close_clerk(other.pk, by=now(approver))
        other.refresh_from_db()
        assert other.is_active
    page = client.get(PAGE).content.decode()
    assert (page.count("重新发邀请链接"), page.count("请联系业务受理点")) == (0, 2)


def test_one_who_could_close_another_approver_would_sign_alone(
    approver: User, school: Institution, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "own_clerks", invitations.own_people)
    for other in a_second_approver(school):
        invitations.close_clerk(other.pk, by=now(approver))
        other.refresh_from_db()
        assert not other.is_active


@pytest.mark.parametrize("role", ["institution_approver", "clerk", "admin", ""])
def test_whom_an_approver_opens_is_a_clerk_whatever_was_asked(approver: User, role: str) -> None:
    builders.signed_in(approver).post(PAGE, {"username": "school.odd", "name": "测试庚", "role": role})
    assert User.objects.get(username="school.odd").role_names == {"institution_clerk"}


def test_a_closed_account_is_not_invited(admin: User) -> None:
    user = builders.a_user("clerk")
    User.objects.filter(pk=user.pk).update(is_active=False)
    with refused("account_closed"):
        invitations.invite(user.pk, by=builders.act(admin, NOW))


def test_nobody_invites_oneself(admin: User) -> None:
    with refused("not_allowed"):
        invitations.invite(admin.pk, by=builders.act(admin, NOW))

"""Signing in and out, locks, and what a session is worth (WB-001, 003, 005, 010, 014, 015, 017)."""

from __future__ import annotations

import statistics
import time

import pytest
from django.test import Client
from django.urls import reverse

from kupasi.audit.models import Entry
from kupasi.notices.models import Notice
from kupasi.people.models import SignInTrouble
from tests import builders

from .pages import code_for, messages_to, sign_in

pytestmark = pytest.mark.django_db
PHONE = "13900000001"


def fail(times: int, name: str, **more: object) -> None:
    for number in range(times):
        sign_in(Client(), name, "wrong", REMOTE_ADDR=f"10.0.0.{number + 1}", **more)


@pytest.mark.parametrize("typed", [PHONE, " 139 0000 0001 ", "+86-13900000001", "１３９０００００００１"])
def test_a_phone_is_understood_however_it_is_typed(client: Client, typed: str) -> None:
    builders.a_candidate(phone=PHONE)
    assert sign_in(client, typed).url == "/accounts/start/"


def test_wrong_password_and_unknown_account_are_answered_alike(client: Client) -> None:
    builders.a_candidate(phone=PHONE)
    known = sign_in(client, PHONE, "wrong")
    unknown = sign_in(client, "13900000002", "wrong")
    assert known.status_code == unknown.status_code == 200
    assert str(known.context["form"].non_field_errors()) == str(unknown.context["form"].non_field_errors())


def test_unknown_accounts_cost_as_much_as_known_ones() -> None:
    for number in range(15):
        builders.a_candidate(phone=f"139{number:08d}")

    def work(number: int) -> float:
        begun = time.process_time()
        sign_in(Client(), f"139{number:08d}", "wrong", REMOTE_ADDR=f"10.1.{number // 5000}.{number % 5000}")
        return time.process_time() - begun

    pairs = [(work(number), work(number + 5000)) for number in range(15)]
    assert abs(statistics.median(known - unknown for known, unknown in pairs)) < 0.01


def test_six_wrong_passwords_from_six_addresses_lock_the_account(client: Client) -> None:
    user = builders.a_user("institution_clerk")
    fail(6, user.username)
    refused = sign_in(client, user.username)
    assert refused.status_code == 200
    assert "暂停登录 15 分钟" in refused.content.decode()
    assert "_auth_user_id" not in client.session
    assert Entry.objects.filter(action="account.locked").count() == 1
    assert Notice.objects.filter(user=user, kind="account_locked", channel="in_app").count() == 1


def test_the_lock_opens_by_itself(client: Client) -> None:
    user = builders.a_user("institution_clerk")
    fail(5, user.username)
    SignInTrouble.objects.update(locked_until=builders.at("2020-01-01T00:00"), since=builders.at("2020-01-01T00:00"))
    assert sign_in(client, user.username).status_code == 302


def test_phone_and_user_name_share_one_lock(client: Client) -> None:
    person = builders.a_candidate(phone=PHONE)
    fail(3, PHONE)
    fail(2, person.user.username)
    assert sign_in(client, PHONE).status_code == 200


def test_an_unknown_name_is_locked_alike(client: Client) -> None:
    fail(6, "nobody")
    assert "暂停登录 15 分钟" in sign_in(client, "nobody").content.decode()
    assert not Notice.objects.exists()


def test_a_right_password_forgets_the_failures(client: Client) -> None:
    user = builders.a_user("institution_clerk")
    fail(4, user.username)
    sign_in(client, user.username)
    fail(4, user.username)
    assert sign_in(Client(), user.username).status_code == 302


@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP"])
def test_forwarded_addresses_do_not_escape_the_limit(header: str) -> None:
    for number in range(31):
        sign_in(Client(), f"nobody-{number}", "wrong", **{header: f"10.9.9.{number}"})
    page = sign_in(Client(), "somebody-else", "wrong", **{header: "10.9.9.99"})
    assert 'id="challenge"' in page.content.decode(), "still known as the address that failed"
    assert "安全检查" in page.content.decode()


def test_a_session_fixed_before_signing_in_is_worth_nothing(client: Client) -> None:
    builders.a_candidate(phone=PHONE)
    client.get("/accounts/login/?next=/accounts/profile/")
    session = client.session
    session["planted"] = True
    session.save()
    fixed = session.session_key
    client.cookies["sessionid"] = fixed
    sign_in(client, PHONE)
    thief = Client()
    thief.cookies["sessionid"] = fixed
    assert client.session.session_key != fixed
    assert thief.get("/accounts/profile/").status_code == 302


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https:evil.example", "/\\evil.example", "https://evil.example/", "javascript:alert(1)"],
)
def test_the_way_after_signing_in_stays_inside(client: Client, target: str) -> None:
    builders.a_candidate(phone=PHONE)
    assert sign_in(client, PHONE, data={"next": target}).url == "/accounts/start/"


def test_the_way_after_signing_in_is_kept(client: Client) -> None:
    builders.a_candidate(phone=PHONE)
    assert sign_in(client, PHONE, data={"next": "/notices/mine/"}).url == "/notices/mine/"


def test_signing_out_needs_a_post(client: Client) -> None:
    builders.a_candidate(phone=PHONE)
    sign_in(client, PHONE)
    client.get("/accounts/logout/")
    assert "_auth_user_id" in client.session
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session


def test_a_forgotten_password_is_set_with_the_phone_and_ends_all_sessions(client: Client) -> None:
    person = builders.a_candidate(phone=PHONE)
    elsewhere = Client()
    sign_in(elsewhere, PHONE)
    fail(6, PHONE)
    client.post("/accounts/password/reset/", {"phone": PHONE})
    data = {"code": code_for(PHONE), "password": "another-long-passphrase", "again": "another-long-passphrase"}
    assert client.post("/accounts/password/reset/code/", data).url == "/accounts/login/"
    assert elsewhere.get("/accounts/profile/").status_code == 302
    assert sign_in(client, PHONE, "another-long-passphrase").status_code == 302
    assert Notice.objects.filter(user=person.user, kind="password").exists()


def test_a_reset_for_an_unknown_phone_is_answered_alike(client: Client) -> None:
    response = client.post("/accounts/password/reset/", {"phone": "13900000002"})
    assert response.url == "/accounts/password/reset/code/"
    assert "没有账号" in messages_to("13900000002")[-1]


def test_a_changed_password_keeps_this_session_only(client: Client) -> None:
    builders.a_candidate(phone=PHONE)
    elsewhere = Client()
    sign_in(elsewhere, PHONE)
    sign_in(client, PHONE)
    data = {"old": builders.PASSWORD, "password": "another-long-passphrase", "again": "another-long-passphrase"}
    client.post("/accounts/password/change/", data)
    assert client.get("/accounts/profile/").status_code == 200
    assert elsewhere.get("/accounts/profile/").status_code == 302


def test_a_foreign_host_is_refused_and_nothing_is_sent(client: Client) -> None:
    builders.a_candidate(phone=PHONE)
    response = client.post("/accounts/password/reset/", {"phone": PHONE}, HTTP_HOST="evil.example")
    assert response.status_code == 400
    assert messages_to(PHONE) == []


POSTS = [
    "account_login", "account_logout", "account_reauthenticate", "account_signup", "account_signup_code",
    "account_signup_resend", "account_reset_password", "account_reset_password_code", "account_change_password",
    "account_change_phone", "account_change_phone_code", "profile", "make_key", "mfa_activate_totp",
    "mfa_deactivate_totp", "mfa_authenticate", "mfa_reauthenticate", "mfa_generate_recovery_codes", "letters",
]  # fmt: skip


@pytest.mark.parametrize("name", POSTS)
def test_a_post_without_its_token_is_refused(name: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(reverse(name)).status_code == 403
    strict.get("/accounts/login/")
    token = strict.cookies["csrftoken"].value
    foreign = strict.post(reverse(name), {"csrfmiddlewaretoken": token}, HTTP_ORIGIN="https://evil.example")
    assert foreign.status_code == 403


@pytest.mark.parametrize(
    "path", ["email/", "confirm-email/", "password/set/", "password/reset/key/x-y/", "inactive/", "login/code/confirm/"]
)
def test_what_the_library_offers_beyond_need_is_not_there(client: Client, path: str) -> None:
    assert client.get(f"/accounts/{path}").status_code == 404


@pytest.mark.parametrize("path", ["login/", "signup/", "password/reset/"])
def test_public_account_pages_carry_strict_headers(client: Client, path: str) -> None:
    response = client.get(f"/accounts/{path}")
    policy = response["Content-Security-Policy"]
    assert "object-src 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert (response["X-Content-Type-Options"], response["Referrer-Policy"]) == ("nosniff", "same-origin")
    assert "no-store" in response["Cache-Control"]

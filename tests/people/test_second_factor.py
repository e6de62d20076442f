"""The second factor of staff, and keys for the API (WB-012, contract `token/`)."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.urls import reverse

from kupasi.audit.models import Entry
from kupasi.people.models import ApiToken
from kupasi.people.services import reset_second_factor
from tests import builders

from .pages import SECRET, enrol, otp, sign_in

pytestmark = pytest.mark.django_db
TOKEN = "/api/v1/token/"
ENROL = "/accounts/2fa/totp/activate/"


def ask(client: Client, **body: str) -> object:
    return client.post(TOKEN, body, content_type="application/json")


@pytest.mark.parametrize("path", ["/admin/", "/admin/people/candidate/", "/accounts/profile/", "/", "/notices/mine/"])
def test_staff_without_a_second_factor_see_no_page(client: Client, path: str) -> None:
    sign_in(client, builders.a_user("clerk").username)
    response = client.get(path)
    assert (response.status_code, response.url) == (302, ENROL)


def test_no_page_of_the_office_opens_with_a_password_alone(client: Client) -> None:
    sign_in(client, builders.a_user("clerk").username)
    names = [pattern.name for pattern in admin.site.urls[0] if getattr(pattern, "name", None)]
    names += [f"{model._meta.app_label}_{model._meta.model_name}_{page}" for model in admin.site._registry
              for page in ("changelist", "add")]  # fmt: skip
    paths = [reverse(f"admin:{name}") for name in names if name not in {"view_on_site", "app_list", "login"}]
    paths = [path for path in paths if path]
    assert len(paths) > 10
    assert {client.get(path).url for path in paths} == {ENROL}


def test_the_api_refuses_the_session_of_such_staff(client: Client) -> None:
    sign_in(client, builders.a_user("clerk").username)
    response = client.get("/api/v1/applications/")
    assert (response.status_code, response.json()["code"]) == (403, "second_factor_needed")


def test_staff_enrol_right_after_signing_in_and_other_sessions_end(client: Client, monkeypatch: object) -> None:
    user = builders.a_user("clerk")
    thief = Client()
    sign_in(thief, user.username)
    sign_in(client, user.username)
    page = client.get(ENROL)
    assert "data:image/svg+xml" in page.content.decode()
    secret = client.session["mfa.totp.secret"]
    monkeypatch.setattr("tests.people.pages.SECRET", secret)
    assert client.post(ENROL, {"code": otp()}).url == "/accounts/2fa/recovery-codes/"
    codes = client.get("/accounts/2fa/recovery-codes/").content.decode()
    assert codes.count("<code>") == 10
    assert client.get("/accounts/profile/").status_code == 200
    assert thief.get("/accounts/profile/").url.startswith("/accounts/login/")
    assert Entry.objects.filter(action="second_factor.add").exists()


def test_the_secret_stays_until_it_is_used_whatever_page_is_looked_at(client: Client) -> None:
    sign_in(client, builders.a_user("clerk").username)
    first = client.get(ENROL).context["form"]
    client.get("/admin/", follow=True)
    assert client.get(ENROL).context["form"].secret == first.secret
    wrong = client.post(ENROL, {"code": "abcdef"}).context["form"]
    assert (wrong.secret, wrong.fields["code"].label) == (first.secret, "应用上的 6 位数字")


def test_the_password_alone_opens_nothing_once_enrolled(client: Client) -> None:
    user = builders.a_user("clerk")
    enrol(user)
    assert sign_in(client, user.username).url == "/accounts/2fa/authenticate/"
    assert client.get("/admin/").status_code == 302
    assert "_auth_user_id" not in client.session
    assert client.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert client.post("/accounts/2fa/authenticate/", {"code": otp()}).url == "/accounts/start/"
    assert client.get("/accounts/profile/").status_code == 200


def test_staff_cannot_put_the_second_factor_away(client: Client) -> None:
    user = builders.a_user("clerk")
    enrol(user)
    sign_in(client, user.username)
    client.post("/accounts/2fa/authenticate/", {"code": otp()})
    assert "必须保留" in client.get("/accounts/2fa/totp/deactivate/").content.decode()
    client.post("/accounts/2fa/totp/deactivate/")
    assert Authenticator.objects.filter(user=user, type="totp").exists()


def test_the_secret_is_not_readable_in_the_database() -> None:
    enrol(builders.a_user("clerk"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM mfa_authenticator")
        assert SECRET not in str(cursor.fetchall())


def test_an_administrator_resets_a_lost_second_factor_but_not_the_own() -> None:
    admin, user = builders.a_user("admin"), builders.a_user("clerk")
    enrol(user)
    reset_second_factor(user.pk, by=builders.act(admin), reason="手机丢失")
    assert not Authenticator.objects.filter(user=user).exists()
    with pytest.raises(Exception, match="自己的两步验证"):
        reset_second_factor(admin.pk, by=builders.act(admin))


def test_a_key_is_given_for_name_and_password(client: Client) -> None:
    person = builders.a_candidate(phone="13900000001")
    response = ask(client, username="139 0000 0001", password=builders.PASSWORD)
    assert response.status_code == 201
    assert set(response.json()) == {"token", "expires_at"}
    assert ApiToken.objects.get().user == person.user
    assert response.json()["token"] not in ApiToken.objects.get().key_hash


def test_staff_keys_need_the_second_factor(client: Client) -> None:
    user = builders.a_user("clerk")
    assert ask(client, username=user.username, password=builders.PASSWORD).json()["code"] == "second_factor_needed"
    enrol(user)
    assert ask(client, username=user.username, password=builders.PASSWORD).json()["code"] == "otp_required"
    wrong = ask(client, username=user.username, password=builders.PASSWORD, otp="000000")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "invalid_credentials")
    assert ask(client, username=user.username, password=builders.PASSWORD, otp=otp()).status_code == 201


def test_keys_share_the_lock_of_the_sign_in_page(client: Client) -> None:
    user = builders.a_user("institution_clerk")
    for _ in range(5):
        assert ask(client, username=user.username, password="wrong").status_code == 401
    locked = ask(client, username=user.username, password=builders.PASSWORD)
    assert (locked.status_code, locked.json()["code"]) == (429, "locked")
    assert sign_in(client, user.username).status_code == 200


@pytest.mark.parametrize("body", [{}, {"username": "a"}, {"username": ["a"], "password": {}}, {"username": "\x00"}])
def test_nonsense_is_a_problem_document(client: Client, body: dict[str, object]) -> None:
    response = client.post(TOKEN, body, content_type="application/json")
    assert response.status_code == 400
    assert response["Content-Type"].startswith("application/problem+json")

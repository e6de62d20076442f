"""Where somebody is signed in: listed, marked, ended; one write in five minutes."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from kupasi.people.models import SignedIn, User
from kupasi.people.services import sessions
from kupasi.people.services.expiry import forget_expired
from tests import builders

from .pages import sign_in

WECHAT = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) AppleWebKit/605 Mobile/15E148 MicroMessenger/8.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/120 Safari/537 Edg/120"
pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return builders.a_candidate(phone="13900001111").user


def a_device(agent: str = EDGE) -> Client:
    client = Client(headers={"user-agent": agent})
    assert sign_in(client, "13900001111").status_code == 302
    return client


@pytest.mark.parametrize(("agent", "words"), [(WECHAT, "手机 · 微信"), (EDGE, "电脑 · Edge"), ("", "电脑 · 浏览器")])
def test_a_device_is_named_roughly(agent: str, words: str) -> None:
    assert sessions.device_of(agent) == words


def test_the_page_lists_the_devices_and_marks_this_one(user: User) -> None:
    here, _ = a_device(), a_device(WECHAT)
    page = here.get(reverse("sessions")).content.decode()
    assert page.count("退出<span") == 1, "the other device can be signed out, this one is marked"
    assert "这台设备" in page
    assert page.index("手机 · 微信") != page.index("电脑 · Edge") > 0


def test_one_device_is_signed_out_from_another(user: User) -> None:
    here, there = a_device(), a_device(WECHAT)
    row = SignedIn.objects.get(device="手机 · 微信")
    here.post(reverse("end_session", args=[row.pk]))
    assert there.get(reverse("profile")).status_code == 302
    assert here.get(reverse("profile")).status_code == 200


def test_signing_out_everywhere_keeps_this_session(user: User) -> None:
    here, there = a_device(), a_device(WECHAT)
    here.post(reverse("end_sessions"))
    assert there.get(reverse("profile")).status_code == 302
    assert here.get(reverse("sessions")).status_code == 200
    assert sessions.open_sessions(user, by=builders.act(user, when=SignedIn.objects.first().seen_at)).count() == 1


def test_another_persons_session_is_not_found(user: User) -> None:
    a_device()
    other = Client()
    other.force_login(builders.a_candidate().user)
    row = SignedIn.objects.get(user=user)
    assert other.post(reverse("end_session", args=[row.pk])).status_code == 404


def test_signing_out_ends_the_row(user: User) -> None:
    a_device().post(reverse("account_logout"))
    assert SignedIn.objects.get().ended_at is not None


def test_pages_in_between_write_nothing(user: User, django_assert_max_num_queries: object) -> None:
    here = a_device()
    before = SignedIn.objects.values().get()
    with django_assert_max_num_queries(60) as seen:  # type: ignore[operator]
        here.get(reverse("profile"))
    assert [one["sql"] for one in seen if one["sql"].startswith(("UPDATE", "INSERT"))] == []
    assert SignedIn.objects.values().get() == before


def test_sign_ins_are_kept_six_months(user: User) -> None:
    a_device()
    begun = SignedIn.objects.get().seen_at
    forget_expired(builders.act(when=begun + sessions.KEPT))
    assert SignedIn.objects.exists()
    forget_expired(builders.act(when=begun + sessions.KEPT + sessions.QUIET))
    assert not SignedIn.objects.exists()

"""The operator's page, the metrics, the doors beside them, and the doctor."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from kupasi import clock, health
from kupasi.audit.models import Entry
from kupasi.notices import services as letters
from kupasi.notices.enums import NoticeStatus
from kupasi.notices.models import Notice
from kupasi.operations.services import doctor, parts, pulse
from kupasi.people.roles import ROLES
from tests import builders

pytestmark = pytest.mark.django_db


def a_dead_letter() -> Notice:
    """A letter that was given up."""
    person = builders.a_candidate(name="测试甲")
    person.email = "someone@example.org"
    person.save()
    letters.queue(builders.act(), key="k", kind="test", subject="标题", body="正文", candidate=person)
    letter = Notice.objects.get(channel="email")
    Notice.objects.filter(pk=letter.pk).update(status=NoticeStatus.FAILED, tries=4, last_error="SMTPException")
    return letter


@pytest.mark.parametrize("role", sorted(ROLES))
def test_the_page_is_for_those_of_the_matrix(role: str) -> None:
    status = builders.signed_in(builders.a_user(role)).get(reverse("operations")).status_code
    assert (status == 200) == (role in {"admin", "auditor"})


def test_the_page_tells_ages_and_no_names() -> None:
    a_dead_letter()
    letters.beat("worker", at=clock.now() - timedelta(minutes=9))
    page = builders.signed_in(builders.a_user("admin")).get(reverse("operations")).content.decode()
    assert "9 分钟前" in page
    assert "没有声音" in page
    assert "SMTPException" in page
    assert [word for word in ("测试甲", "someone@example.org", "正文") if word in page] == []


def test_a_dead_letter_is_replayed_once_and_recorded() -> None:
    letter = a_dead_letter()
    browser = builders.signed_in(builders.a_user("admin"))
    address = reverse("operations-replay", args=[letter.pk])
    assert browser.get(address).status_code == 405
    assert [browser.post(address).status_code for _ in range(2)] == [302, 302]
    letter.refresh_from_db()
    assert (letter.status, letter.tries) == (NoticeStatus.QUEUED, 0)
    assert Entry.objects.filter(action="letter.replay", object_id=letter.pk).count() == 1


def test_a_clerk_replays_nothing() -> None:
    letter = a_dead_letter()
    browser = builders.signed_in(builders.a_user("clerk"))
    assert browser.post(reverse("operations-replay", args=[letter.pk])).status_code == 403
    letter.refresh_from_db()
    assert letter.status == NoticeStatus.FAILED


def test_metrics_are_not_there_for_strangers(settings: Any) -> None:
    assert Client().get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "a-token-of-some-length"
    assert Client().get("/metrics", headers={"Authorization": "Bearer other"}).status_code == 404
    assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    answer = Client().get("/metrics", headers={"Authorization": "Bearer a-token-of-some-length"})
    assert answer.status_code == 200
    assert 'kupasi_heartbeat_age_seconds{part="clock"} -1\n' in answer.content.decode()


def test_metrics_open_to_a_named_address(settings: Any) -> None:
    settings.METRICS_ADDRESSES = ["10.0.0.7"]
    assert Client(REMOTE_ADDR="10.0.0.7").get("/metrics").status_code == 200
    assert Client(REMOTE_ADDR="10.0.0.8").get("/metrics").status_code == 404


def test_ready_means_everything_behind_answers(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Client().get("/readyz").json() == {"status": "ready"}
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "not ready", "part": "broker"})
    assert Client().get("/healthz").status_code == 200
    monkeypatch.setattr(health, "is_migrated", lambda: False)
    assert Client().get("/readyz").json()["part"] == "migrations"


def levels(by: Any) -> dict[str, str]:
    return {one.part: one.level.value for one in doctor.examine(by=by)}


def test_the_doctor_says_what_is_well_and_what_is_not(settings: Any) -> None:
    builders.load_notice()
    letters.beat("worker", at=builders.at("2025-05-20T08:59"))
    letters.beat("clock", at=builders.at("2025-05-20T08:00"))
    found = levels(builders.act())
    assert (found["后台作业"], found["时钟"]) == ("ok", "bad")
    assert [part for part in ("数据库", "字体", "字体子集", "密钥", "私有文件") if found[part] != "ok"] == []
    assert found["PDF"] in {"ok", "warn"}  # a busy machine is slow, not broken
    assert found["备份"] == "warn"
    assert found["电子邮件"] in {"warn", "bad"}


def test_next_year_unknown_is_a_warning_and_this_year_unknown_is_bad() -> None:
    builders.load_notice()
    assert [one.level.value for one in doctor.calendar(builders.act(when="2026-05-20T09:00"))] == ["ok", "warn"]
    assert [one.level.value for one in doctor.calendar(builders.act(when="2027-05-20T09:00"))] == ["bad", "warn"]


def test_a_look_that_breaks_is_a_finding_and_the_next_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "disk", lambda: 1 / 0)
    found = levels(builders.act())
    assert found["磁盘"] == "bad"
    assert "设置" in found


def test_letters_in_the_log_are_bad(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert doctor.mail().level == "bad"


def test_a_key_missing_from_the_ring_is_bad(settings: Any) -> None:
    from kupasi.people import crypto

    builders.a_candidate()
    assert parts.ring().level == "ok"
    settings.FIELD_KEYS = (("other", b"x" * 32),)
    crypto._ring.cache_clear()
    try:
        assert parts.ring().level == "bad"
    finally:
        crypto._ring.cache_clear()


def test_the_doctor_speaks_json_and_fails_when_something_is_bad() -> None:
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", "--json", stdout=out)
    assert {"level", "part", "seen", "todo"} == set(json.loads(out.getvalue())[0])


def test_ages_read_well() -> None:
    assert [pulse.words(age) for age in (None, timedelta(seconds=5), timedelta(hours=2), timedelta(days=3))] == [
        "从未",
        "5 秒前",
        "2 小时前",
        "3 天前",
    ]

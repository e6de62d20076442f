"""R9: the day's root is fixed once whatever the clocks do, and reaches the auditors once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from kupasi.audit import services as audit
from kupasi.audit.models import Entry
from kupasi.notices import services as letters
from kupasi.notices.models import JobRun, Notice
from kupasi.operations.services import roots
from tests import builders

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def auditor() -> Any:
    """Some history, sealed, and somebody to tell."""
    user = builders.a_user("auditor")
    audit.record(builders.act(), "test", user)
    audit.seal()
    return user


def taken(*moments: str) -> list[str]:
    """The days whose roots were taken when the clock asked at these moments."""
    found = [roots.take(by=builders.act(when=moment)) for moment in moments]
    return [one.day.isoformat() for one in found if one]


def in_two_clocks(act: Callable[[], object]) -> list[object]:
    """Both at once."""
    ready, answers = threading.Barrier(2), []

    def clock() -> None:
        ready.wait()
        answers.append(act())
        connection.close()

    threads = [threading.Thread(target=clock) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return answers


def test_two_clocks_take_one_root_and_send_one_letter(auditor: Any) -> None:
    answers = in_two_clocks(lambda: roots.take(by=builders.act(when="2025-05-20T00:10")))
    assert sum(one is not None for one in answers) == 1
    assert Entry.objects.filter(action=roots.ACTION).count() == 1
    assert Notice.objects.filter(kind="audit_root", user=auditor, channel="in_app").count() == 1


def test_no_clock_for_hours_or_days_is_made_up_for(auditor: Any) -> None:
    assert taken("2025-05-20T00:10", "2025-05-20T02:10", "2025-05-23T09:00", "2025-05-23T09:10") == [
        "2025-05-19",
        "2025-05-22",
    ]


def test_a_clock_set_back_repeats_nothing(auditor: Any) -> None:
    assert taken("2025-05-20T00:10", "2025-05-19T23:00", "2025-05-20T00:20") == ["2025-05-19", "2025-05-18"]
    assert Notice.objects.filter(kind="audit_root", channel="in_app").count() == 2


def test_the_same_moment_twice_has_effect_once() -> None:
    moment = builders.at("2025-05-20T00:10")
    assert [letters.once("job", "p", at=moment) for _ in range(3)] == [True, False, False]


def test_two_clocks_in_the_same_moment_have_effect_once() -> None:
    moment = builders.at("2025-05-20T00:10")
    assert sorted(in_two_clocks(lambda: letters.once("job", "p", at=moment)), key=bool) == [False, True]


def test_without_the_unique_row_two_clocks_would_both_have_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_then_write(job: str, period: str, *, at: Any) -> bool:
        free = not JobRun.objects.filter(job=job, period=period).exists()
        meet.wait()
        return free

    meet = threading.Barrier(2)
    monkeypatch.setattr(letters, "once", look_then_write)
    moment = builders.at("2025-05-20T00:10")
    assert in_two_clocks(lambda: letters.once("job", "p", at=moment)) == [True, True]


def test_a_job_that_failed_has_not_had_its_effect(auditor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the power went")

    with monkeypatch.context() as broken:
        broken.setattr(roots, "_send", breaks)
        with pytest.raises(RuntimeError):
            roots.take(by=builders.act(when="2025-05-20T00:10"))
    assert taken("2025-05-20T00:20") == ["2025-05-19"]


def test_the_root_is_printed_and_stays_right(auditor: Any) -> None:
    assert taken("2025-05-20T00:10") == ["2025-05-19"]
    audit.record(builders.act(), "later", auditor)
    audit.seal()
    browser = builders.signed_in(auditor)
    page = browser.get(reverse("operations-root", args=["2025-05-19"])).content.decode()
    assert " ".join(roots.latest()[0].groups) in page
    assert "与现在的审计链相符" in page
    assert browser.get(reverse("operations-roots")).status_code == 200
    assert browser.get(reverse("operations-root", args=["2025-05-01"])).status_code == 404
    assert browser.get(reverse("operations-root", args=["yesterday"])).status_code == 404
    assert builders.signed_in(builders.a_user("clerk")).get(reverse("operations-roots")).status_code == 403

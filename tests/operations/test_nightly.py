"""The backup that the clock makes: once a day from its hour on, caught up after a silence, off by the settings."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import Any

import pytest

from exams.services.settings import change
from kupasi import clock
from kupasi.notices.models import JobRun
from kupasi.operations.findings import Finding
from kupasi.operations.services import backups, nightly, parts
from kupasi.operations.tasks import back_up
from tests import builders

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def office(settings: Any, tmp_path: Path) -> Path:
    """Where the backups of this test go."""
    settings.BACKUP_DIR = tmp_path / "backups"
    return tmp_path / "backups"


def run(when: str) -> Path | None:
    return nightly.run(by=builders.act(when=when, job=nightly.JOB))


@pytest.mark.parametrize(
    ("moment", "since"),
    [
        ("2025-05-20T02:59", "2025-05-19T03:00"),
        ("2025-05-20T03:00", "2025-05-20T03:00"),
        ("2025-05-20T23:59", "2025-05-20T03:00"),
    ],
)
def test_a_backup_falls_due_at_its_hour_in_shanghai(moment: str, since: str) -> None:
    assert nightly.due_since(builders.at(moment), hour=3) == builders.at(since)


def test_each_day_gets_one_however_often_the_clock_asks(office: Path) -> None:
    moments = ("2025-05-20T03:05", "2025-05-20T03:15", "2025-05-20T23:00", "2025-05-21T02:50", "2025-05-21T03:00")
    assert [run(one) is not None for one in moments] == [True, False, False, False, True]
    assert len(backups.found_in(office)) == 2


def test_a_silence_is_made_up_for(office: Path) -> None:
    run("2025-05-20T03:05")
    assert run("2025-05-24T16:00") is not None
    assert run("2025-05-24T16:10") is None


def test_what_was_killed_half_way_is_made_again(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(backups, "_copy_files", killed)
        with pytest.raises(KeyboardInterrupt):
            run("2025-05-20T03:05")
    assert run("2025-05-20T03:15") is not None


def test_two_workers_do_not_both_make_one(office: Path) -> None:
    office.mkdir()
    with (office / ".clock.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert run("2025-05-20T03:05") is None
    assert run("2025-05-20T03:06") is not None


def test_the_settings_say_when_and_how_many(office: Path) -> None:
    by = builders.act(builders.a_user("admin"), "2025-05-01T09:00")
    for key, value in (("backup_hour", 22), ("backup_keep", 2)):
        change(key, value, by=by, reason="测试")
    assert [run(f"2025-05-{day}T22:01") is not None for day in (20, 21, 22)] == [True] * 3
    assert len(backups.found_in(office)) == 2
    change("backup_hour", nightly.NEVER, by=by, reason="测试")
    assert run("2025-05-23T22:01") is None


def test_the_doctor_finds_the_clocks_backup(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def told() -> list[Finding]:
        return [one for one in parts.backup(builders.act(when="2025-05-20T09:00")) if one.part == "备份"]

    assert [one.level for one in told()] == ["warn"]
    monkeypatch.setattr(clock, "now", lambda: builders.at("2025-05-20T08:00"))
    back_up()
    assert JobRun.objects.filter(job="backup").count() == 1
    assert [one.level for one in told()] == ["ok"]

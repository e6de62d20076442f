"""What every test may use."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase

from exams import triggers as doors
from kupasi.audit import triggers
from kupasi.people import storage
from kupasi.people.models import User
from registration import triggers as ledger

from . import builders, prepared_database
from .services import own_cache, own_postgres, own_redis

__all__ = ["own_cache", "own_postgres", "own_redis"]

DATABASES = tempfile.TemporaryDirectory(prefix="kupasi-test-")


def pytest_configure() -> None:
    """Pages name their static files plainly: nothing is collected for a test."""
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "localhost"]  # whatever the environment names
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):  # a file, as in an embedded install: threads really wait for each other
        database.setdefault("TEST", {})["NAME"] = str(Path(DATABASES.name) / "test.sqlite3")


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings: None) -> bool:
    """A migrated file is taken over where there is one."""
    return prepared_database.begin_with()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """As pytest-django makes it; what was migrated now is kept for the next run."""
    prepared_database.keep()


@pytest.fixture(autouse=True, scope="session")
def emptied_between_tests() -> None:
    """A transactional test empties every table afterwards: the guards of the database step aside for that moment."""
    teardown = TransactionTestCase._fixture_teardown

    def without_guards(case: TransactionTestCase) -> None:
        triggers.remove(connection)
        ledger.remove(connection)
        doors.remove(connection)
        teardown(case)
        doors.install(connection)
        ledger.install(connection)
        triggers.install(connection)

    TransactionTestCase._fixture_teardown = without_guards


@pytest.fixture(autouse=True)
def private_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stored files of a test live and die with it."""
    root = tmp_path / "private"
    monkeypatch.setattr(storage.private_storage, "_location", str(root))
    for name in ("base_location", "location"):
        storage.private_storage.__dict__.pop(name, None)
    return root


@pytest.fixture(autouse=True)
def own_backups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept beside the backups (the list of erased persons) belongs to one test."""
    monkeypatch.setattr(settings, "BACKUP_DIR", tmp_path / "backups")


@pytest.fixture(autouse=True)
def fresh_counters(request: pytest.FixtureRequest) -> None:
    """Rate limits do not travel from test to test, whether it asks for the database by a fixture or by a mark."""
    if {"db", "transactional_db"} & set(request.fixturenames) or request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")
        cache.clear()


@pytest.fixture
def notice(db: None) -> None:
    """What the notice states is loaded: occupations, fees, the 2025 plan, clauses, texts, known years."""
    builders.load_notice()


@pytest.fixture
def clerk(db: None) -> User:
    """A clerk at the counter."""
    return builders.a_user("clerk")


@pytest.fixture
def other_clerk(db: None) -> User:
    """A second clerk, for four eyes."""
    return builders.a_user("clerk")


@pytest.fixture
def finance(db: None) -> User:
    """Somebody of finance."""
    return builders.a_user("finance")

"""Fixtures of the account tests."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_messages(tmp_path: Path, settings: object) -> None:
    """Short messages of a test are read from its own file; pages do not show them unless a test asks."""
    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
    settings.DEMO = False  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def messages_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for the commit happens at once: a test's transaction never commits."""
    monkeypatch.setattr("django.db.transaction.on_commit", lambda func, using=None, robust=False: func())

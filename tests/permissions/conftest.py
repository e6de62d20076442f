"""One world for the whole module: built once, every call undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction

from kupasi.people import storage

from . import world as made


@pytest.fixture(autouse=True, scope="module")
def private_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Stored files live as long as the world does."""
    root = tmp_path_factory.mktemp("private")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage.private_storage, "_location", str(root))
        for name in ("base_location", "location"):
            storage.private_storage.__dict__.pop(name, None)
        yield root


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any, private_files: Path) -> Iterator[made.World]:
    """Undone at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        cache.clear()
        yield made.build()
        transaction.set_rollback(True)


@pytest.fixture
def _django_db_helper(world: made.World) -> None:
    """A transaction of its own for each test would close the connection under the world: the world's own is enough."""

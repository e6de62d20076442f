"""A login's password check against the same check under Django's default hasher.

Both sides go through Django's `authenticate` and the product's own backend: find the account, check the password, ask
whether it may sign in. Only the hash differs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

from django.conf import global_settings
from django.conf import settings as ours
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.test import override_settings

from bench.harness import Row, compare, seconds_each

PASSWORD = "a-long-enough-passphrase"
TIMES = 8


def rows() -> Iterator[Row]:
    """Seconds of one login, hot."""
    call_command("migrate", verbosity=0)
    settings = {"ours": list(ours.PASSWORD_HASHERS), "default": list(global_settings.PASSWORD_HASHERS)}
    for name, hashers in settings.items():
        with hashing(hashers):
            an_account(name)
    yield compare(
        "login",
        ours=lambda: one_login("ours", settings["ours"]),
        against="Django's default hasher",
        reference=lambda: one_login("default", settings["default"]),
        goal=0.15,
    )


def hashing(hashers: list[str]) -> AbstractContextManager[Any]:
    """These hashers, the first one preferred."""
    return override_settings(PASSWORD_HASHERS=hashers)


def an_account(name: str) -> None:
    """Somebody whose password is stored by the preferred hasher."""
    from kupasi.people.models import User

    user = User(username=f"bench-{name}")
    user.set_password(PASSWORD)
    user.save()


def one_login(name: str, hashers: list[str]) -> float:
    """Seconds of one of several logins; each must succeed."""

    def sign_in() -> None:
        assert authenticate(None, username=f"bench-{name}", password=PASSWORD) is not None

    with hashing(hashers):
        return seconds_each(sign_in, times=TIMES)

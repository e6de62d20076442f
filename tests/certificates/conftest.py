"""Whom the certificate pages meet."""

from __future__ import annotations

import pytest
from django.test import Client

from kupasi.people.models import User
from tests.builders import a_user
from tests.people.pages import enrol


def signed_in(user: User) -> Client:
    """A browser in which this person is signed in, with a second factor where one is asked for."""
    if user.is_staff:
        enrol(user)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def supervisor(db: None) -> User:
    return a_user("supervisor")


@pytest.fixture
def at_counter(clerk: User) -> Client:
    return signed_in(clerk)


@pytest.fixture
def at_desk(supervisor: User) -> Client:
    return signed_in(supervisor)

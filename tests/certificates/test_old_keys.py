"""What a key signed stays true after it was changed for another, as long as it is listed."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.test import Client

from certificates.services import offline, statements
from kupasi import signing
from tests.builders import act

from .made import LATER, issued

NAME = "张三丰"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


@pytest.fixture
def rotated(settings: Any) -> Any:
    """Changes the signing key for another, as an operator does; the old one is forgotten unless it is listed."""

    def rotate(*, listed: bool) -> None:
        old = signing.public_key()
        settings.SIGNING_KEY = bytes(one ^ 255 for one in settings.SIGNING_KEY)
        settings.OLD_SIGNING_KEYS = (old,) if listed else ()
        signing._private.cache_clear()

    yield rotate
    signing._private.cache_clear()


def test_a_certificate_of_a_key_before_still_verifies(rotated: Any) -> None:
    token = issued(name=NAME).statement
    rotated(listed=True)
    assert statements.read(token) is not None
    answer = Client().get(f"/certificates/verify/{token}/").context["answer"]
    assert answer.status == "valid"
    held = offline.trust(at=act(when=LATER).at)["keys"]
    assert len(held) == 2
    raw = [base64.urlsafe_b64decode(one + "=") for one in held]
    assert raw == signing.public_keys()
    with pytest.raises(signing.Forged):
        signing.verify("certificate", token, key=raw[0])


def test_a_key_that_is_not_listed_signs_nothing_any_more(rotated: Any) -> None:
    token = issued(name=NAME).statement
    rotated(listed=False)
    assert statements.read(token) is None

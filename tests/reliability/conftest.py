"""What the tests of promises under load share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from tests import builders

from .crowd import Person
from .live import Answer, Browser, Live, at_once, collect_static, served

Serve = Callable[..., AbstractContextManager[Live]]


@pytest.fixture(scope="session")
def static_root(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> str:
    """The static files, collected once."""
    return collect_static(tmp_path_factory.mktemp("static"))


@pytest.fixture(scope="session")
def one_server(tmp_path_factory: pytest.TempPathFactory, static_root: str, django_db_setup: None) -> Iterator[Live]:
    """The product as the house serves it, started once: it holds no rows of its own from test to test."""
    with served(tmp_path_factory.mktemp("live"), STATIC_ROOT=static_root) as live:
        yield live


@pytest.fixture
def live(transactional_db: None, one_server: Live) -> Live:
    """The served product on the database of this test, with what the notice states."""
    builders.load_notice()
    return one_server


@pytest.fixture
def serve(transactional_db: None, tmp_path: Path, static_root: str) -> Serve:
    """Starts the product in another way than the house does, on the database of this test."""
    builders.load_notice()
    return lambda **more: served(tmp_path, STATIC_ROOT=static_root, **more)


def hand_in(browser: Browser, person: Person) -> Answer:
    """The POST that the button of the preview makes."""
    return browser.post(f"/me/applications/{person.draft}/preview/", {"token": person.token})


def all_hand_in(live: Live, persons: list[Person]) -> list[Answer]:
    """Everybody hands in at the same moment."""
    browsers = [live.browser(person.cookie) for person in persons]
    answers = at_once([partial(hand_in, *pair) for pair in zip(browsers, persons, strict=True)])
    for browser in browsers:
        browser.close()
    return answers

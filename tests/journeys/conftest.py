"""A browser, a server of its own, and the product's clock for the journeys."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from kupasi import clock
from kupasi.celery import app
from tests import builders

from .walker import Walker

# Playwright keeps an event loop in the thread of the test, in which Django would not touch its database otherwise.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
DESK = {"viewport": {"width": 1280, "height": 900}}
SECONDS = 8_000

Enter = Callable[..., Walker]
SetClock = Callable[[str], None]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all journeys."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield found
        found.close()


@pytest.fixture
def contexts(browser: Browser, live_server: LiveServer) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser windows that know nothing of each other; all are closed at the end."""
    made: list[BrowserContext] = []

    def make(**screen: object) -> BrowserContext:
        context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", **screen)  # type: ignore[arg-type]
        context.set_default_timeout(SECONDS)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def phone(contexts: Callable[..., BrowserContext], live_server: LiveServer) -> Callable[[], Walker]:
    """A person with a phone."""
    return lambda: Walker(contexts(**PHONE), origin=live_server.url)


@pytest.fixture
def desk(contexts: Callable[..., BrowserContext], live_server: LiveServer) -> Callable[[], Walker]:
    """A person at a desk."""
    return lambda: Walker(contexts(**DESK), origin=live_server.url)


@pytest.fixture(autouse=True)
def worker_at_hand() -> Iterator[None]:
    """What a worker would do happens at once, in this process."""
    app.conf.task_always_eager, before = True, app.conf.task_always_eager
    yield
    app.conf.task_always_eager = before


@pytest.fixture
def set_clock(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Sets the product's clock, which then runs on, as a rehearsal does."""

    def set_to(moment: str) -> None:
        settings.REHEARSAL_CLOCK = builders.at(moment)
        monkeypatch.setenv(clock.STARTED, str(time.time()))

    return set_to


@pytest.fixture
def opened(transactional_db: None, set_clock: SetClock, settings: Settings, tmp_path: Path) -> SetClock:
    """The office has loaded the notice; it is a Tuesday in May 2025, within the window for July."""
    settings.DEMO, settings.DATA_DIR = True, tmp_path
    set_clock("2025-05-20T09:45")
    builders.load_notice()
    return set_clock

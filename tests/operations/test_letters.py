"""Two workers never both send a letter; a letter tried again carries the same key."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.core import mail
from django.db import connection

from kupasi.notices import channels
from kupasi.notices import services as letters
from kupasi.notices.enums import NoticeStatus
from kupasi.notices.models import Notice
from tests import builders

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def letter() -> Notice:
    """An e-mail that is due."""
    person = builders.a_candidate()
    person.email = "someone@example.org"
    person.save()
    letters.queue(builders.act(), key="k", kind="test", subject="通知", body="正文", candidate=person)
    return Notice.objects.get(channel="email")


def by_two_workers(letter: Notice, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often the letter left when two workers took it at once."""
    handed, ready = [], threading.Barrier(2)
    monkeypatch.setattr(channels, "deliver", lambda notice: handed.append(notice.pk))

    def worker() -> None:
        ready.wait()
        letters.send_one(letter.pk, by=builders.act())
        connection.close()

    threads = [threading.Thread(target=worker) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return len(handed)


def test_two_workers_send_it_once(letter: Notice, monkeypatch: pytest.MonkeyPatch) -> None:
    assert by_two_workers(letter, monkeypatch) == 1


def test_without_the_claim_both_would_send_it(letter: Notice, monkeypatch: pytest.MonkeyPatch) -> None:
    meet = threading.Barrier(2)

    def unclaimed(notice_id: int, *, by: Any) -> bool:
        notice = Notice.objects.get(pk=notice_id)
        meet.wait()
        if notice.status == NoticeStatus.QUEUED:
            channels.deliver(notice)
        return True

    monkeypatch.setattr(letters, "send_one", unclaimed)
    assert by_two_workers(letter, monkeypatch) == 2


def test_a_letter_sent_again_after_a_crash_carries_the_same_key(
    letter: Notice, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters.send_one(letter.pk, by=builders.act())
    Notice.objects.filter(pk=letter.pk).update(status=NoticeStatus.QUEUED)  # handed over, but the worker died
    letters.send_one(letter.pk, by=builders.act(when="2025-05-20T09:30"))
    first, second = (message.extra_headers["Message-ID"] for message in mail.outbox)
    assert first == second


def test_a_letter_is_given_up_after_its_tries_and_goes_out_when_replayed(
    letter: Notice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(notice: Notice) -> None:
        raise channels.Undeliverable("SMTPException")

    with monkeypatch.context() as broken:
        broken.setattr(channels, "deliver", refused)
        for hour in range(9, 16):
            letters.send_due(builders.act(when=f"2025-05-20T{hour:02d}:00"))
    letter.refresh_from_db()
    assert (letter.status, letter.last_error) == (NoticeStatus.FAILED, "SMTPException")
    assert letters.replay(letter.pk, by=builders.act(builders.a_user("admin"), "2025-05-21T09:00"))
    assert letters.send_due(builders.act(when="2025-05-21T09:01")) == 1
    assert not letters.replay(letter.pk, by=builders.act())

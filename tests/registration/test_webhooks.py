"""Changes of state told to an institution's own system: signed, retried, never to a private address, ids alone."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.test import Client

from kupasi.errors import Refusal
from registration.enums import ApplicationStatus, RosterStatus
from registration.models import Webhook, WebhookDelivery
from registration.rules.webhooks import BACK_OFF, all_public, judge_address, signature, wait_after
from registration.services import review, webhooks
from registration.services.rosters import office
from tests import builders

from . import group, lists

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
HERE = "https://school.example/in"
NOW = builders.at("2025-05-20T09:00")


class Receiver(HTTPServer):
    """The institution's system: keeps what arrives, answers with `status`."""

    status = 200

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), Door)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/in?from=kupasi"


class Door(BaseHTTPRequestHandler):
    """Takes every POST."""

    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers.items()), body))
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Silent."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def rehearsing(settings: Any) -> None:
    """Own networks may be called."""
    settings.DEBUG = True


def hook(url: str = HERE) -> tuple[Webhook, str]:
    approver = lists.a_member("institution_approver", lists.a_school())
    return webhooks.open_webhook(lists.a_school(), url=url, by=builders.act(approver))


def an_event(url: str = HERE) -> WebhookDelivery:
    made, _ = hook(url)
    webhooks.note(made.institution_id, event="test", payload={"roster": "R1"}, by=builders.act(when=NOW))
    return made.deliveries.get()


def send(delivery: WebhookDelivery, *, later: int = 0) -> tuple[bool, WebhookDelivery]:
    arrived = webhooks.send_one(delivery.pk, by=builders.act(when=NOW + timedelta(seconds=later)))
    delivery.refresh_from_db()
    return arrived, delivery


def payloads(event: str) -> list[dict[str, Any]]:
    rows = WebhookDelivery.objects.filter(event=event).order_by("pk")
    return list(rows.values_list("payload", flat=True))


@pytest.mark.usefixtures("rehearsing")
def test_what_arrives_is_signed_with_the_secret_and_the_moment(receiver: Receiver) -> None:
    made, secret = hook(receiver.url)
    webhooks.note(made.institution_id, event="test", payload={"roster": "R1"}, by=builders.act(when=NOW))
    assert webhooks.send_due(by=builders.act(when=NOW)) == 1
    ((headers, body),) = receiver.got
    timestamp = int(headers["X-Kupasi-Timestamp"])
    assert headers["X-Kupasi-Signature"] == signature(secret, timestamp=timestamp, body=body)
    assert headers["X-Kupasi-Signature"] != signature(secret, timestamp=timestamp + 1, body=body)
    assert json.loads(body)["roster"] == "R1"


def test_the_secret_is_kept_encrypted_and_two_are_never_the_same() -> None:
    made, secret = hook()
    _, other = hook("https://school.example/two")
    assert Webhook.objects.get(pk=made.pk).secret == secret != other
    assert not Webhook.objects.extra(where=["secret = %s"], params=[secret]).exists()


@pytest.mark.usefixtures("rehearsing")
def test_a_failure_is_tried_again_later_and_given_up_in_the_end(receiver: Receiver) -> None:
    receiver.status = 500
    delivery = an_event(receiver.url)
    assert send(delivery)[0] is False
    assert (delivery.state, delivery.last_error, delivery.next_try_at) == ("queued", "http_500", NOW + timedelta(0, 60))
    assert send(delivery)[0] is False  # not due
    assert delivery.tries == 1
    for later in (60, 400, 3000, 20000, 90000):
        send(delivery, later=later)
    assert (delivery.state, delivery.tries, wait_after(6)) == ("failed", 6, None)
    receiver.status = 204
    assert webhooks.replay(delivery.pk, by=builders.act(builders.a_user(), NOW))
    assert send(delivery)[0] is True


@pytest.mark.usefixtures("rehearsing")
def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.status = 302
    assert send(an_event(receiver.url))[1].last_error == "http_302"
    assert len(receiver.got) == 1


@pytest.mark.usefixtures("rehearsing")
def test_two_workers_send_one_event_once(receiver: Receiver) -> None:
    delivery = an_event(receiver.url)
    assert [send(delivery)[0], send(delivery)[0], len(receiver.got)] == [True, False, 1]


@pytest.mark.parametrize(
    "url",
    ["http://school.example/", "https://u:p@school.example/", "https://school.example:8443/", "ftp://a/", "https://",
     "https://school.example/#x", "https://学校.example/", "https://[::1", "https://a b/"],
)  # fmt: skip
def test_an_address_that_is_not_plain_https_is_refused(url: str) -> None:
    with pytest.raises(Refusal) as refused:
        hook(url)
    assert refused.value.code == "bad_address"


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1", "fe80::1",
     "fc00::1", "::ffff:127.0.0.1", "2002:7f00:1::", "224.0.0.1", "255.255.255.255", "nonsense"],
)  # fmt: skip
def test_a_private_address_is_none_of_ours_to_call(address: str) -> None:
    assert not all_public([address])
    assert not all_public(["93.184.216.34", address])


def test_a_public_address_may_be_called() -> None:
    assert all_public(["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
    assert judge_address(HERE, in_rehearsal=False) is None


def test_in_production_nothing_reaches_the_own_network(receiver: Receiver) -> None:
    delivery = an_event()
    Webhook.objects.update(url=f"https://127.0.0.1:{receiver.server_port}/")
    assert send(delivery)[1].last_error == "bad_address"
    with pytest.raises(webhooks.Unreachable, match="private_address"):
        webhooks.resolved("localhost", 443)
    assert receiver.got == []


@pytest.mark.usefixtures("rehearsing")
def test_without_the_guard_the_own_network_is_reached(receiver: Receiver) -> None:
    """The twin: a rehearsal, which switches the guard off, does reach it."""
    assert webhooks.resolved("127.0.0.1", receiver.server_port) == "127.0.0.1"
    assert send(an_event(receiver.url))[0] is True


def test_changes_of_state_are_told_by_number_and_nothing_personal() -> None:
    hook()
    made = group.filed(1)
    review.approve(made.people[0].pk, by=builders.act(made.office, group.REVIEWED))
    told = payloads("application.status")
    assert [one["status"] for one in told] == ["submitted", "approved"]
    assert all(set(one) == {"event", "at", "application", "status"} for one in told)
    person = made.people[0]
    assert not any(word in json.dumps(told, ensure_ascii=False) for word in (person.name, person.document.number))


def test_those_approved_at_once_are_told_of_like_one_alone() -> None:
    hook()
    made = group.filed(3)
    office.approve_rest(made.roster.pk, seen=3, by=builders.act(made.office, group.REVIEWED))
    told = [one["application"] for one in payloads("application.status") if one["status"] == "approved"]
    assert sorted(told) == sorted(str(one.number) for one in made.people)


def test_a_list_tells_of_every_state_it_comes_to() -> None:
    hook()
    made = group.reviewed(1)
    told = [(one["roster"], one["status"]) for one in payloads("roster.status")]
    assert told == [(made.roster.number, status) for status in ("signed", "submitted", "reviewed")]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.1.2.3", "[::1]", "[fe80::1]", "localhost", "localhost.", "db.internal", "169.254.169.254"]
)
def test_an_address_that_is_plainly_private_is_refused_before_anything_is_sent(host: str) -> None:
    with pytest.raises(Refusal) as refused:
        hook(f"https://{host}/in")
    assert refused.value.code == "private_address"
    assert judge_address(f"https://{host}/in", in_rehearsal=True) is None


def test_the_log_says_where_it_went_and_when_it_goes_again() -> None:
    delivery = an_event()
    later = builders.at("2025-05-20T09:05")
    WebhookDelivery.objects.filter(pk=delivery.pk).update(tries=2, last_error="http_500", next_try_at=later)
    approver = lists.a_member("institution_approver", lists.a_school())
    page = builders.signed_in(approver).get("/institution/webhooks/").content.decode()
    assert page.count(HERE) >= 2
    assert "05-20 09:05 再发" in page


def test_what_the_description_says_of_states_and_of_trying_again_is_so(client: Client) -> None:
    page = client.get("/api/v1/docs/").content.decode().partition('id="webhooks"')[2]
    states = {*ApplicationStatus, *RosterStatus} - {ApplicationStatus.DRAFT}
    assert all(f"<code>{one.value}</code> {one.label}" in page for one in states)
    waits = [f"{one // 60} 分钟" if one < 3600 else f"{one // 3600} 小时" for one in BACK_OFF]
    assert f"{'、'.join(waits)}后再发，共 {len(BACK_OFF) + 1} 次" in page
    assert f"{webhooks.TIMEOUT} 秒内" in page


def test_another_institutions_changes_are_not_told() -> None:
    hook()
    group.filed(1, school=1)
    assert not WebhookDelivery.objects.exists()


def test_a_closed_address_gets_nothing_more() -> None:
    delivery = an_event()
    webhooks.close_webhook(delivery.webhook_id, by=builders.act(builders.a_user(), NOW))
    assert send(delivery)[1].state == "failed"
    assert webhooks.replay(delivery.pk, by=builders.act(builders.a_user(), NOW)) is False


def test_the_secret_is_shown_once_to_the_approver_alone() -> None:
    approver = lists.a_member("institution_approver", lists.a_school())
    browser = builders.signed_in(approver)
    shown = browser.post("/institution/webhooks/", {"url": HERE})
    secret = Webhook.objects.get().secret.encode()
    assert (secret in shown.content, secret in browser.get("/institution/webhooks/").content) == (True, False)
    clerk = lists.a_member("institution_clerk", lists.a_school())
    assert builders.signed_in(clerk).get("/institution/webhooks/").status_code == 404


def test_the_log_says_of_whom_each_message_told() -> None:
    hook()
    made = group.filed(1)
    page = builders.signed_in(made.approver).get("/institution/webhooks/").content.decode()
    assert f"{made.people[0].number} 待审核" in page
    assert "申报状态" in page

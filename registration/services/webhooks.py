"""Telling an institution's own system of changes of state: written in the causing transaction, sent by a sweep.

Only https to public addresses, unless in a rehearsal. The name is resolved once, every address it has must be public,
and the connection goes to exactly the address that was judged, so that a name that changes its mind in between leads
nowhere. Redirects are not followed, and nothing of the answer is kept but its status.
"""

from __future__ import annotations

import http.client
import json
import secrets
import socket
import ssl
from collections.abc import Collection, Mapping
from datetime import timedelta
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.db import IntegrityError, models, transaction

from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.models import Institution
from registration.enums import DeliveryState
from registration.models.webhooks import Webhook, WebhookDelivery
from registration.rules.webhooks import CLAUSE, all_public, judge_address, signature, wait_after

TIMEOUT = 10
MOST = 200
FEWEST, LARGEST = 200, 300


class Unreachable(Exception):
    """Nothing was delivered: why, as a code that the log shows."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def in_rehearsal() -> bool:
    """Whether own networks may be called: while developing and rehearsing, never in production."""
    return bool(settings.DEBUG) or settings.REHEARSAL_CLOCK is not None


@transaction.atomic
def open_webhook(institution: Institution, *, url: str, by: Act) -> tuple[Webhook, str]:
    """Keep an address; the secret is given back this once. Refuses with `bad_address`, `private_address`,
    `address_used`."""
    fact = judge_address(url.strip(), in_rehearsal=in_rehearsal())
    if fact is not None:
        raise Refusal.from_fact(fact)
    secret = secrets.token_urlsafe(32)
    try:
        with transaction.atomic():
            hook = Webhook.objects.create(
                institution=institution, url=url.strip(), secret=secret, created_at=by.at, created_by=by.person
            )
    except IntegrityError as error:
        raise Refusal("address_used", "这个地址已在使用，需要换密钥的，请先停用再新建。", CLAUSE) from error
    record(by, "webhook.opened", hook, after={"institution": institution.pk})
    return hook, secret


@transaction.atomic
def close_webhook(webhook_id: int, *, by: Act) -> None:
    """Send nothing more to an address; what still waits is given up. Repeating it changes nothing."""
    hook = Webhook.objects.select_for_update().get(pk=webhook_id)
    if hook.is_active:
        hook.is_active = False
        hook.save(update_fields=["is_active"])
        hook.deliveries.filter(state=DeliveryState.QUEUED).update(state=DeliveryState.FAILED, last_error="closed")
        record(by, "webhook.closed", hook)


def note(institution_id: int, *, event: str, payload: Mapping[str, object], by: Act) -> None:
    """Write an event for every address of an institution; `payload` holds ids and states, nothing personal."""
    note_many([(institution_id, payload)], event=event, by=by)


def note_many(news: Collection[tuple[int, Mapping[str, object]]], *, event: str, by: Act) -> None:
    """The same for many institutions and payloads, with one question and one statement for each thousand rows."""
    active = Webhook.objects.filter(institution__in={one for one, _ in news}, is_active=True)
    hooks: dict[int, list[int]] = {}
    for pk, institution in active.values_list("pk", "institution"):
        hooks.setdefault(institution, []).append(pk)
    rows = [
        WebhookDelivery(
            webhook_id=pk,
            event=event,
            payload={"event": event, "at": by.at.isoformat(), **payload},
            next_try_at=by.at,
            queued_at=by.at,
        )
        for institution, payload in news
        for pk in hooks.get(institution, [])
    ]
    WebhookDelivery.objects.bulk_create(rows, batch_size=1000)


@transaction.atomic
def replay(delivery_id: int, *, by: Act) -> bool:
    """Put a delivery back in the queue with all its tries; False while it waits, or when its address is closed."""
    fresh = {"state": DeliveryState.QUEUED, "tries": 0, "next_try_at": by.at, "last_error": ""}
    rows = WebhookDelivery.objects.filter(pk=delivery_id, webhook__is_active=True)
    rows = WebhookDelivery.objects.filter(pk__in=rows.values("pk")).exclude(state=DeliveryState.QUEUED)
    if not rows.update(**fresh):
        return False
    record(by, "webhook.replay", Webhook.objects.get(deliveries=delivery_id), after={"delivery": delivery_id})
    return True


def send_due(*, by: Act, most: int = MOST) -> int:
    """Send what is due, the oldest first; how many arrived."""
    due = WebhookDelivery.objects.filter(state=DeliveryState.QUEUED, next_try_at__lte=by.at)
    return sum(send_one(pk, by=by) for pk in list(due.order_by("pk").values_list("pk", flat=True)[:most]))


def send_one(delivery_id: int, *, by: Act) -> bool:
    """Send one. The row is claimed by moving its next try, so that two workers never both send it."""
    claim = by.at + timedelta(seconds=wait_after(1) or 0)
    rows = WebhookDelivery.objects.filter(pk=delivery_id, state=DeliveryState.QUEUED, next_try_at__lte=by.at)
    if not rows.update(next_try_at=claim, tries=models.F("tries") + 1):
        return False
    delivery = WebhookDelivery.objects.select_related("webhook").get(pk=delivery_id)
    try:
        _post(delivery, by=by)
    except Unreachable as problem:
        wait = wait_after(delivery.tries)
        later = {"next_try_at": by.at + timedelta(seconds=wait)} if wait else {"state": DeliveryState.FAILED}
        WebhookDelivery.objects.filter(pk=delivery_id).update(last_error=problem.code, **later)
        return False
    WebhookDelivery.objects.filter(pk=delivery_id).update(state=DeliveryState.SENT, sent_at=by.at, last_error="")
    return True


def _post(delivery: WebhookDelivery, *, by: Act) -> None:
    hook, timestamp = delivery.webhook, int(by.at.timestamp())
    fact = judge_address(hook.url, in_rehearsal=in_rehearsal())
    if fact is not None:
        raise Unreachable(fact.code)
    parts = urlsplit(hook.url)
    body = json.dumps({"id": delivery.pk, **delivery.payload}, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {
        "Content-Type": "application/json",
        "Host": parts.netloc,
        "User-Agent": "kupasi-webhook/1",
        "X-Kupasi-Timestamp": str(timestamp),
        "X-Kupasi-Signature": signature(hook.secret, timestamp=timestamp, body=body),
    }
    try:
        connection = _connected(parts)
        try:
            connection.request("POST", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", body, headers)
            status = connection.getresponse().status
        finally:
            connection.close()
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable("timeout" if isinstance(error, TimeoutError) else "connection") from error
    if not FEWEST <= status < LARGEST:
        raise Unreachable(f"http_{status}")


def _connected(parts: SplitResult) -> http.client.HTTPConnection:
    """A connection to the very address that was judged; the certificate is checked against the name."""
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    sock = socket.create_connection((resolved(host, port), port), timeout=TIMEOUT)
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
    if parts.scheme == "https":
        sock = ssl.create_default_context().wrap_socket(sock, server_hostname=host)
    connection.sock = sock
    return connection


def resolved(host: str, port: int) -> str:
    """The first address of a host, if every one of them may be called; `Unreachable` otherwise."""
    try:
        found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise Unreachable("unknown_host") from error
    if not found or (not in_rehearsal() and not all_public(found)):
        raise Unreachable("private_address")
    return found[0]

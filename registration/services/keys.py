"""Idempotency keys: the same request gets the same answer, whatever the network made of it (rules R3, WB-033)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction

from kupasi.acts import Act
from kupasi.errors import Refusal
from registration.models import IdempotencyKey

LONGEST_KEY = 80


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered with: the HTTP status and the body."""

    status: int
    body: dict[str, Any]


def once(key: str, *, by: Act, request: Any, work: Callable[[], Answer]) -> Answer:
    """Do the work once for this person's key, in one transaction with keeping the answer.

    `request` is anything that JSON can write; the same key with another one is refused with `key_reused`. A refused
    piece of work keeps nothing, so that it may be tried again under its key. Refuses with `key_invalid`.
    """
    if not 1 <= len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise Refusal("key_invalid", f"Idempotency-Key 应为 1 至 {LONGEST_KEY} 个可见的 ASCII 字符。")
    body_hash = hashlib.sha256(json.dumps(request, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    with transaction.atomic():
        try:
            with transaction.atomic():  # a second one waits here until the first has committed
                row = IdempotencyKey.objects.create(
                    user=by.person, key=key, body_hash=body_hash, created_at=by.at, status=None, answer=None
                )
        except IntegrityError:
            return _kept(key, by=by, body_hash=body_hash)
        answer = _in_order(work())
        row.status, row.answer = answer.status, answer.body
        row.save(update_fields=["status", "answer"])
    return answer


def _kept(key: str, *, by: Act, body_hash: str) -> Answer:
    row = IdempotencyKey.objects.get(user=by.person, key=key)
    if row.body_hash != body_hash or row.status is None:
        raise Refusal("key_reused", "这个 Idempotency-Key 已用于另一个请求，请换一个新的再提交。")
    return _in_order(Answer(row.status, row.answer or {}))


def _in_order(answer: Answer) -> Answer:
    """The body with its keys in order: a database may give them back in another one."""
    return Answer(answer.status, json.loads(json.dumps(answer.body, sort_keys=True, cls=DjangoJSONEncoder)))

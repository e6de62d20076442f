"""A task for the browser after repeated failures from one address; without scripts, a short wait (WB-005).

The task is made and checked here (ALTCHA, proof of work): no outside service, no picture, nothing to read. A solution
and a wait are good once, for ten minutes. Spent ones are rows, so that an emptied cache opens nothing.
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta

import altcha
from django.conf import settings
from django.core import signing
from django.db import models

from kupasi.acts import Act
from kupasi.errors import Refusal
from kupasi.people.crypto import blind_index
from kupasi.people.models import SignInTrouble

FREE = 5  # failures from one address before the task is asked for (decided here)
SPAN = timedelta(minutes=15)
WAIT = timedelta(seconds=30)
LIFE = timedelta(minutes=10)
ALGORITHM, COST = "PBKDF2/SHA-256", 1000
SALT = "kupasi.people.challenge"
MESSAGE = "为防止机器冒用，请等页面上的安全检查完成后再提交；没有检查框的，请停留 30 秒后重新提交。"


@dataclass(frozen=True, slots=True)
class Challenge:
    """What goes into the page: the task for the script, and the sealed moment for whoever has none."""

    task: str
    sealed: str


def note_failure(by: Act) -> None:
    """Count a failed sign-in or sign-up from the address of the act."""
    row, _ = SignInTrouble.objects.get_or_create(key=_address(by), defaults={"since": by.at})
    fresh = SignInTrouble.objects.filter(pk=row.pk)
    if not fresh.filter(since__gt=by.at - SPAN).update(failures=models.F("failures") + 1):
        fresh.update(failures=1, since=by.at)


def is_needed(by: Act) -> bool:
    """Whether this address has failed too often within a quarter of an hour."""
    rows = SignInTrouble.objects.filter(key=_address(by), since__gt=by.at - SPAN, failures__gte=FREE)
    return bool(by.address) and rows.exists()


def offer(by: Act) -> Challenge | None:
    """A new task where one is needed."""
    if not is_needed(by):
        return None
    moment = {"at": int(by.at.timestamp()), "id": secrets.token_hex(8)}
    counter = 200 + secrets.randbelow(600)  # about a second of a phone's work
    task = altcha.create_challenge(ALGORITHM, COST, counter=counter, hmac_secret=_secret(), data=moment)
    return Challenge(json.dumps(task.to_dict()), signing.dumps(moment, salt=SALT))


def expect(by: Act, *, proof: str, sealed: str) -> None:
    """Refuse with `challenge` unless none is needed, the task was solved, or the wait is over."""
    if not is_needed(by):
        return
    moment = _solved(proof) or _waited(sealed, by=by)
    if moment is None or not _is_fresh(moment, by=by) or not _spend(str(moment["id"]), by=by):
        raise Refusal("challenge", MESSAGE)


def _solved(proof: str) -> dict[str, int | str] | None:
    """The moment inside a solved task of ours."""
    if not proof or len(proof) > 4000 or not altcha.verify_solution(proof, _secret()).verified:
        return None
    data = json.loads(base64.b64decode(proof))["challenge"]["parameters"].get("data")
    return data if isinstance(data, dict) and {"at", "id"} <= data.keys() else None


def _waited(sealed: str, *, by: Act) -> dict[str, int | str] | None:
    """The sealed moment, once the wait is over."""
    try:
        moment = signing.loads(sealed, salt=SALT) if sealed else None
    except signing.BadSignature:
        return None
    return moment if moment and by.at.timestamp() - moment["at"] >= WAIT.total_seconds() else None


def _is_fresh(moment: dict[str, int | str], *, by: Act) -> bool:
    return -60 <= by.at.timestamp() - int(moment["at"]) <= LIFE.total_seconds()


def _spend(one: str, *, by: Act) -> bool:
    """Whether this task or wait is used for the first time."""
    _, is_new = SignInTrouble.objects.get_or_create(key=blind_index("challenge-spent", one), defaults={"since": by.at})
    return is_new


def _address(by: Act) -> str:
    return blind_index("challenge-address", by.address)


def _secret() -> str:
    return f"{SALT}|{settings.SECRET_KEY}"

"""Where somebody is signed in, and ending what is open: sessions and API keys (matrix: account.own)."""

from __future__ import annotations

import re
from datetime import timedelta

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet

from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.people.models import ApiToken, SignedIn, User

QUIET = timedelta(minutes=5)  # a visit is written down at most this often
KEPT = timedelta(days=184)  # section 10: access logs at least six months
DEVICES = (("iPad", "平板"), ("Tablet", "平板"), ("Mobile", "手机"), ("iPhone", "手机"), ("Android", "手机"))
BROWSERS = (
    ("MicroMessenger", "微信"), ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "火狐"), ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)  # fmt: skip


@transaction.atomic
def end_sessions(user: User, *, by: Act) -> None:
    """End every session and withdraw every key of the account; the caller writes the line of what was done."""
    user.sessions_from = by.at
    user.save(update_fields=["sessions_from"])
    ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=by.at)
    SignedIn.objects.filter(user=user, ended_at=None).update(ended_at=by.at, session_key=None)


def device_of(agent: str) -> str:
    """A rough word for the device: 手机 · 微信. Nothing by which one could tell two alike apart."""
    machine = next((word for mark, word in DEVICES if mark in agent), "电脑")
    browser = next((word for mark, word in BROWSERS if re.search(rf"\b{mark}", agent)), "浏览器")
    return f"{machine} · {browser}"


@transaction.atomic
def note_visit(by: Act, *, session_key: str, device: str, row: int | None) -> int:
    """Write down that a session is in use and return its row: the one given if it is still open, or a new one."""
    open_ones = SignedIn.objects.filter(pk=row or 0, user=by.person, ended_at=None)
    if row and open_ones.update(session_key=session_key, seen_at=by.at):
        return row
    found, _ = SignedIn.objects.update_or_create(
        session_key=session_key,
        defaults={"user": by.person, "device": device, "address": by.address, "seen_at": by.at},
        create_defaults={
            "user": by.person, "device": device, "address": by.address, "seen_at": by.at, "began_at": by.at
        },
    )  # fmt: skip
    return int(found.pk)


def note_sign_out(session_key: str | None, *, by: Act) -> None:
    """Somebody signed out by the button."""
    if session_key:
        SignedIn.objects.filter(session_key=session_key).update(ended_at=by.at, session_key=None)


def open_sessions(user: User, *, by: Act) -> QuerySet[SignedIn]:
    """Where the account is signed in now."""
    alive = Session.objects.filter(expire_date__gt=by.at).values("session_key")
    return SignedIn.objects.filter(user=user, ended_at=None, session_key__in=alive)


def past_sessions(user: User, *, by: Act) -> QuerySet[SignedIn]:
    """The last ten that are over."""
    return SignedIn.objects.filter(user=user).exclude(pk__in=open_sessions(user, by=by).values("pk"))[:10]


@transaction.atomic
def end_one(row: int, *, by: Act) -> None:
    """Sign one's own account out on one device; a session that is over already stays so."""
    found = SignedIn.objects.select_for_update().get(pk=row, user=by.person)
    if found.session_key is None:
        return
    SessionStore(found.session_key).delete()
    found.ended_at, found.session_key = by.at, None
    found.save(update_fields=["ended_at", "session_key"])
    record(by, "account.end_session", by.person, after={"session": found.pk})


@transaction.atomic
def end_all(by: Act) -> User:
    """Sign out everywhere and withdraw every API key; the view keeps the present session, if it wants to."""
    user = User.objects.select_for_update().get(pk=by.person.pk)
    end_sessions(user, by=by)
    record(by, "account.end_sessions", user)
    return user


def forget_old(by: Act) -> int:
    """Sign-ins longer ago than six months; returns how many rows went."""
    gone, _ = SignedIn.objects.filter(seen_at__lt=by.at - KEPT).delete()
    return gone

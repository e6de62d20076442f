"""Wrong passwords: five for one account, from wherever, lock it for a quarter of an hour (WB-003, WB-005).

Unknown names are counted and locked alike, so that nobody learns who has an account (E9).
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.crypto import blind_index
from kupasi.people.models import SignInTrouble, User
from kupasi.people.rules import judge_phone
from kupasi.people.rules.text import squeeze
from kupasi.people.signals import letter_wanted

FAILURES = 5
LOCK = timedelta(minutes=15)
LOCKED = "登录失败次数过多，账号已暂停登录 15 分钟。忘记密码可以用手机验证码重设。"
LETTER = "您的账号连续多次输错密码，已暂停登录 15 分钟。如果不是您本人操作，请尽快修改密码，或拨打业务咨询电话。"


def normalize_login(name: str) -> str:
    """A login name as it is looked up: a phone in its plain form, any other name without stray spaces."""
    phone = judge_phone(name)
    return phone.normalized if phone.valid else squeeze(name)[:150]


def account_of(name: str) -> User | None:
    """The account of a normalised user name or phone."""
    user = User.objects.filter(username=name).first()
    if user is None and judge_phone(name).valid:
        user = User.objects.filter(phone_index=User.index_of(name)).first()
    return user


def refuse_if_locked(name: str, *, by: Act) -> None:
    """Refuse with `locked` while the account (or the unknown name) is locked."""
    if SignInTrouble.objects.filter(key=_key(name), locked_until__gt=by.at).exists():
        raise Refusal("locked", LOCKED)


@transaction.atomic
def note_failure(name: str, *, by: Act) -> None:
    """Count a wrong password or second factor; the fifth within a quarter of an hour locks, and the owner is told."""
    user = account_of(name)
    SignInTrouble.objects.get_or_create(key=_key_of(name, user), defaults={"since": by.at})
    trouble = SignInTrouble.objects.select_for_update().get(key=_key_of(name, user))
    if trouble.since <= by.at - LOCK:
        trouble.failures, trouble.since, trouble.locked_until = 0, by.at, None
    trouble.failures += 1
    locks = trouble.failures >= FAILURES and trouble.locked_until is None
    if locks:
        trouble.locked_until = trouble.since = by.at
        trouble.locked_until += LOCK
    trouble.save()
    if locks and user is not None:
        record(by, "account.locked", user, after={"until": trouble.locked_until})
        key = f"locked:{user.pk}:{by.at:%Y%m%d%H%M%S}"
        subject = "账号已暂停登录 15 分钟"
        letter_wanted.send(sender=User, by=by, key=key, kind="account_locked", subject=subject, body=LETTER, user=user)


def note_success(user: User, *, name: str) -> None:
    """Forget the failures of an account that was opened with the right password."""
    SignInTrouble.objects.filter(key=_key_of(name, user)).delete()


def unlock(user: User) -> None:
    """Forget the failures of an account whose owner has proven the phone."""
    SignInTrouble.objects.filter(key=_key_of("", user)).delete()


def _key(name: str) -> str:
    return _key_of(name, account_of(name))


def _key_of(name: str, user: User | None) -> str:
    return blind_index("sign-in", f"#{user.pk}" if user is not None else name.lower())

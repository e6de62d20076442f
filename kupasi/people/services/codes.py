"""Six-digit codes sent to a phone: one purpose, ten minutes, five tries, one use (decided here; WB-006, WB-007).

Numbers are limited by phone and by address, so that nobody's phone is flooded and nobody squats on identities (WB-041).
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.db import models
from django.utils.crypto import constant_time_compare

from kupasi.acts import Act
from kupasi.errors import Refusal
from kupasi.people.crypto import blind_index
from kupasi.people.enums import CodePurpose
from kupasi.people.models import PhoneCode, User
from kupasi.people.signals import text_wanted

LIFE = timedelta(minutes=10)
TRIES = 5
PAUSE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
PER_PHONE = 5
PER_ADDRESS = 20
WRONG = "验证码不对，或已经失效。请核对最新一条短信；输错五次或超过十分钟，需要重新获取。"


def issue_code(by: Act, *, phone: str, purpose: CodePurpose) -> str:
    """Send a code to a normalised phone and return the text of the message. Refuses with `code_limit`."""
    code = f"{secrets.randbelow(1_000_000):06d}"
    text = f"【库帕思】{purpose.label}验证码 {code}，10 分钟内有效。请勿告诉任何人，工作人员不会索要。"
    return _send(by, phone=phone, purpose=purpose, code=code, text=text)


def issue_nothing(by: Act, *, phone: str, purpose: CodePurpose, text: str) -> str:
    """Send a message without a code; seen from the page it is the same as a code that nobody can know (E9)."""
    return _send(by, phone=phone, purpose=purpose, code=secrets.token_hex(16), text=f"【库帕思】{text}")


def check_code(by: Act, *, phone: str, purpose: CodePurpose, code: str) -> None:
    """Use up the code, or refuse with `code_wrong`. Every try is counted at once, whatever follows.

    Call it outside a transaction: a rolled back try would be a free one.
    """
    latest = PhoneCode.objects.filter(phone_index=User.index_of(phone), purpose=purpose).order_by("-pk").first()
    if latest is None:
        raise Refusal("code_wrong", WRONG)
    alive = PhoneCode.objects.filter(pk=latest.pk, used_at=None, expires_at__gt=by.at)
    counted = alive.filter(tries__lt=TRIES).update(tries=models.F("tries") + 1)
    fits = constant_time_compare(latest.code_hash, _hash(latest.phone_index, purpose, code.strip()))
    if not counted or not fits or not alive.update(used_at=by.at):
        raise Refusal("code_wrong", WRONG)


def _send(by: Act, *, phone: str, purpose: CodePurpose, code: str, text: str) -> str:
    index = User.index_of(phone)
    _refuse_floods(by, index=index, purpose=purpose)
    PhoneCode.objects.create(
        phone_index=index,
        purpose=purpose,
        code_hash=_hash(index, purpose, code),
        address=by.address,
        created_at=by.at,
        expires_at=by.at + LIFE,
    )
    text_wanted.send(sender=PhoneCode, phone=phone, text=text)
    return text


def _refuse_floods(by: Act, *, index: str, purpose: CodePurpose) -> None:
    recent = PhoneCode.objects.filter(created_at__gt=by.at - HOUR, created_at__lte=by.at)
    mine = recent.filter(phone_index=index)
    if mine.filter(purpose=purpose, created_at__gt=by.at - PAUSE).exists():
        raise Refusal("code_limit", "刚刚已经发过一条短信，请一分钟后再试。")
    if mine.count() >= PER_PHONE or (by.address and recent.filter(address=by.address).count() >= PER_ADDRESS):
        raise Refusal("code_limit", "获取验证码太频繁，请一小时后再试，或到业务受理点办理。")


def _hash(index: str, purpose: str, code: str) -> str:
    return blind_index(f"code.{purpose}.{index}", code)

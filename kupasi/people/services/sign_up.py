"""Signing up in two pages: what was typed waits, sealed, until the phone is proven (rules E8, E9).

The first page answers the same whoever is known already: "a message was sent". Only the owner of the phone reads which
message it was, and even that does not say whether a document is registered: a known document is held for review at
the desk, as other doubtful cases are.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date

from django.contrib.auth.hashers import make_password
from django.db import transaction

from kupasi.acts import Act
from kupasi.dates import birthday, full_years
from kupasi.errors import Refusal, raise_first
from kupasi.people import crypto
from kupasi.people.enums import CodePurpose, ConsentKind, Sex
from kupasi.people.models import Candidate, ConsentText, User
from kupasi.people.signals import letter_wanted

from . import codes, identities, persons
from .consents import current_text
from .persons import PersonFacts

AGE = 16  # 通知 二(一)
SEALED_FOR = "sign_up"
KNOWN_PHONE = "这个手机号已有账号，无需再次注册，请直接登录；忘记密码可在登录页用验证码重设。如非本人操作，请忽略。"
SOMEBODY_TRIED = "有人用您登记的手机号或证件再次注册账号。如果不是您本人，无需处理，账号没有变化；有疑问请联系我们。"


@dataclass(frozen=True, slots=True)
class Pending:
    """A registration that waits for its code: sealed for the session, and the message that was sent."""

    sealed: str
    message: str


@dataclass(frozen=True, slots=True)
class Opened:
    """What was sealed: the facts, the hashed password and the text agreed to."""

    facts: PersonFacts
    password: str
    text_id: int


@transaction.atomic
def begin_sign_up(by: Act, *, facts: PersonFacts, password: str, text_id: int) -> Pending:
    """Judge what was typed and send one message to the phone, whoever is known already (E9).

    Refuses with the person rules' codes, `too_young` (通知 二(一)), `old_text` and `code_limit`.
    """
    judged = persons.judge_person(facts, on=by.on)
    raise_first(judged.reasons)
    refuse_too_young(judged.facts, on=by.on)
    if text_id != current_text(ConsentKind.PRIVACY, on=by.on).pk:
        raise Refusal("old_text", "个人信息处理说明已有新的版本，请阅读后重新勾选。")
    sealed = _seal(Opened(judged.facts, make_password(password), text_id))
    return Pending(sealed, _send(by, facts=judged.facts))


def resend(by: Act, *, sealed: str) -> str:
    """Send another message for a waiting registration. Refuses with `code_limit`."""
    return _send(by, facts=unseal(sealed).facts)


def finish_sign_up(by: Act, *, sealed: str, code: str) -> Candidate:
    """Open the account when the code is right. Refuses with `code_wrong` or, after a lost race, `held`."""
    opened = unseal(sealed)
    codes.check_code(by, phone=opened.facts.phone, purpose=CodePurpose.SIGN_UP, code=code)
    text = ConsentText.objects.get(pk=opened.text_id)
    return identities.register_candidate(by, facts=opened.facts, password=opened.password, text=text)


def unseal(sealed: str) -> Opened:
    """What waits in the session."""
    words = json.loads(crypto.decrypt(sealed, bound_to=SEALED_FOR))
    facts = words["facts"] | {
        "birth_date": date.fromisoformat(words["facts"]["birth_date"]),
        "sex": Sex(words["facts"]["sex"]),
    }
    return Opened(PersonFacts(**facts), words["password"], words["text_id"])


def refuse_too_young(facts: PersonFacts, *, on: date) -> None:
    """Accounts are for those who may apply: 16 full years, the birthday counted (通知 二(一))."""
    if facts.birth_date is not None and full_years(facts.birth_date, on) < AGE:
        day = birthday(facts.birth_date, AGE)
        message = f"年满 {AGE} 周岁方可注册和申报，您从 {day.year} 年 {day.month} 月 {day.day} 日起可以办理。"
        raise Refusal("too_young", message, "通知 二(一)", eligible_from=day)


def _seal(opened: Opened) -> str:
    words = {"facts": asdict(opened.facts), "password": opened.password, "text_id": opened.text_id}
    return crypto.encrypt(json.dumps(words, default=str), bound_to=SEALED_FOR)


def _send(by: Act, *, facts: PersonFacts) -> str:
    found = identities.standing(facts)
    if found in (identities.FREE, identities.CLAIMABLE):
        return codes.issue_code(by, phone=facts.phone, purpose=CodePurpose.SIGN_UP)
    text = KNOWN_PHONE if found == identities.PHONE_KNOWN else identities.HELD
    message = codes.issue_nothing(by, phone=facts.phone, purpose=CodePurpose.SIGN_UP, text=text)
    _tell_owner(by, facts=facts, found=found)
    return message


def _tell_owner(by: Act, *, facts: PersonFacts, found: str) -> None:
    if found == identities.PHONE_KNOWN:
        owner, candidate = User.objects.get(phone_index=User.index_of(facts.phone)), None
        key = f"sign-up-again:u{owner.pk}:{by.on:%Y%m%d}"
    else:
        owner, candidate = None, persons.holder_of(facts)
        key = f"sign-up-again:c{candidate.pk if candidate else 0}:{by.on:%Y%m%d}"
    words = {"subject": "有人再次注册您的账号", "body": SOMEBODY_TRIED}
    letter_wanted.send(sender=User, by=by, key=key, kind="sign_up_again", user=owner, candidate=candidate, **words)

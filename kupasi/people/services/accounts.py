"""One's own account: password, phone, e-mail, profile, API keys (matrix: account.own)."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.enums import CodePurpose
from kupasi.people.models import ApiToken, Candidate, User
from kupasi.people.rules import one_line
from kupasi.people.signals import letter_wanted
from kupasi.people.tokens import make_token

from . import codes, sign_in
from .sessions import end_sessions

OWN_FIELDS = ("email", "education", "employer", "postal_address")
KEY_LIFE = timedelta(days=90)
KEYS = 10
NO_ACCOUNT = "您正在重设密码，但这个手机号没有账号。如需办理，请先注册；如非本人操作，请忽略。"


def ask_reset(by: Act, *, phone: str) -> str:
    """Send a code for a new password, or a message that there is no account; the page answers the same (E9)."""
    if _owner(phone) is None:
        return codes.issue_nothing(by, phone=phone, purpose=CodePurpose.RESET, text=NO_ACCOUNT)
    return codes.issue_code(by, phone=phone, purpose=CodePurpose.RESET)


def reset_password(by: Act, *, phone: str, code: str, password: str) -> User:
    """Set a new password with the phone's code; all sessions and keys end, a lock is lifted. Refuses `code_wrong`."""
    codes.check_code(by, phone=phone, purpose=CodePurpose.RESET, code=code)
    owner = _owner(phone)
    if owner is None:
        raise Refusal("code_wrong", codes.WRONG)
    return set_password(owner.pk, password=password, by=by, how="account.reset_password")


@transaction.atomic
def set_password(user_id: int, *, password: str, by: Act, how: str = "account.change_password") -> User:
    """Keep a new password, end all sessions and keys, and tell the owner."""
    user = User.objects.select_for_update().get(pk=user_id)
    user.set_password(password)
    user.save(update_fields=["password"])
    end_sessions(user, by=by)
    sign_in.unlock(user)
    record(Act(actor=user, at=by.at, address=by.address), how, user)
    body = "您的账号密码刚刚修改，其他设备上的登录已全部退出。如果不是您本人操作，请立即用手机验证码重设密码。"
    key = f"password:{user.pk}:{by.at:%Y%m%d%H%M%S%f}"
    letter_wanted.send(sender=User, by=by, key=key, kind="password", subject="密码已修改", body=body, user=user)
    return user


def ask_phone_change(by: Act, *, phone: str) -> str:
    """Send a code to the new phone; one that has an account gets none, and the page answers the same (E9)."""
    if User.objects.filter(phone_index=User.index_of(phone)).exists():
        text = "有人想把账号改绑到这个手机号，但它已有账号，未作改动。如非本人操作，请忽略。"
        return codes.issue_nothing(by, phone=phone, purpose=CodePurpose.PHONE_CHANGE, text=text)
    return codes.issue_code(by, phone=phone, purpose=CodePurpose.PHONE_CHANGE)


def change_phone(by: Act, *, phone: str, code: str) -> None:
    """Bind the account to a phone that is proven by its code. Refuses `code_wrong`."""
    codes.check_code(by, phone=phone, purpose=CodePurpose.PHONE_CHANGE, code=code)
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=by.person.pk)
        if User.objects.filter(phone_index=User.index_of(phone)).exclude(pk=user.pk).exists():
            raise Refusal("code_wrong", codes.WRONG)
        user.set_phone(phone)
        user.save(update_fields=["phone", "phone_index"])
        for candidate in Candidate.objects.select_for_update().filter(user=user):
            candidate.set_phone(phone)
            candidate.save(update_fields=["phone", "phone_index", "phone_tail"])
        record(by, "account.change_phone", user)


@transaction.atomic
def update_profile(candidate_id: int, *, by: Act, **values: str) -> Candidate:
    """Change what a person may change alone: e-mail, education, employer, postal address.

    The record names the fields that changed, not their words.
    """
    candidate = Candidate.objects.select_for_update().get(pk=candidate_id)
    values = {name: one_line(text) for name, text in values.items()}
    changed = [name for name in OWN_FIELDS if name in values and getattr(candidate, name) != values[name]]
    if not changed:
        return candidate
    for name in changed:
        setattr(candidate, name, values[name])
    candidate.save(update_fields=changed)
    record(by, "account.update_profile", candidate, after={"fields": changed})
    return candidate


@transaction.atomic
def change_email(by: Act, *, email: str) -> User:
    """Keep another e-mail address for letters to an account without a person (staff, institutions)."""
    user = User.objects.select_for_update().get(pk=by.person.pk)
    if user.email != email:
        user.email = email
        user.save(update_fields=["email"])
        record(by, "account.change_email", user)
    return user


@transaction.atomic
def make_key(by: Act, *, life: timedelta = KEY_LIFE, opens: list[str] | None = None) -> tuple[str, ApiToken]:
    """A new API key of the acting person for these scopes; its words are shown once. Refuses `too_many_keys`."""
    if ApiToken.objects.filter(user=by.person, revoked_at=None, expires_at__gt=by.at).count() >= KEYS:
        raise Refusal("too_many_keys", f"有效密钥已有 {KEYS} 个，请先撤回不用的。")
    key, row = make_token(by.person, at=by.at, life=life, opens=opens)
    record(by, "account.make_key", row, after={"expires_at": row.expires_at, "scopes": row.scopes})
    return key, row


@transaction.atomic
def withdraw_key(key_id: int, *, by: Act) -> ApiToken:
    """Withdraw one's own API key; withdrawing it again changes nothing."""
    row = ApiToken.objects.select_for_update().get(pk=key_id, user=by.person)
    if row.revoked_at is None:
        row.revoked_at = by.at
        row.save(update_fields=["revoked_at"])
        record(by, "account.withdraw_key", row)
    return row


def _owner(phone: str) -> User | None:
    return User.objects.filter(phone_index=User.index_of(phone), is_active=True).first()

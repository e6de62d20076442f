"""An API key for a name, a password and a second factor: the same locks as the sign-in page."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.contrib.auth import authenticate

from kupasi.acts import Act
from kupasi.errors import Refusal
from kupasi.people import scopes
from kupasi.people.models import ApiToken, User
from kupasi.people.tokens import LIFE

from . import sign_in
from .accounts import make_key

WRONG = "用户名、密码或验证码不对，请核对后再试。"


def key_for(by: Act, *, username: str, password: str, otp: str = "", scope: str = "") -> tuple[str, ApiToken]:
    """A key for twelve hours, and its row.

    Refuses `locked`, `invalid_credentials` (also for a wrong `otp`), `otp_required` when the account has a second
    factor and none was given, `second_factor_needed` for staff who have not enrolled one, `too_many_keys`,
    `unknown_scope`. `scope` names what the key opens, with spaces; empty opens whatever its owner may do.
    """
    opens = scopes.named(scope) if scope.strip() else scopes.everything()
    if opens is None:
        raise Refusal("unknown_scope", f"范围只能是：{'、'.join(scopes.everything())}。")
    name = sign_in.normalize_login(username)
    sign_in.refuse_if_locked(name, by=by)
    user = authenticate(username=name, password=password)
    if not isinstance(user, User):
        sign_in.note_failure(name, by=by)
        raise Refusal("invalid_credentials", WRONG)
    _check_second_factor(user, otp=otp, name=name, by=by)
    sign_in.note_success(user, name=name)
    return make_key(Act(actor=user, at=by.at, address=by.address), life=LIFE, opens=opens)


def _check_second_factor(user: User, *, otp: str, name: str, by: Act) -> None:
    second = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if second is None:
        if user.is_staff:
            raise Refusal("second_factor_needed", "工作人员账号请先在网页登录并启用两步验证，再建立密钥。")
        return
    if not otp:
        raise Refusal("otp_required", "这个账号启用了两步验证，请在 otp 中给出验证器上的 6 位数字。")
    if not second.wrap().validate_code(otp):
        sign_in.note_failure(name, by=by)
        raise Refusal("invalid_credentials", WRONG)

"""Small hands for the account pages: fill in, read the message that was sent, sign in."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from kupasi.people.enums import ConsentKind
from kupasi.people.models import ConsentText, User
from tests import builders

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PASSWORD = "a-long-enough-passphrase"


def sign_up_data(**changed: Any) -> dict[str, Any]:
    """What a person types on the first page."""
    text = ConsentText.objects.filter(kind=ConsentKind.PRIVACY).latest("version")
    typed = {
        "name": "测试甲",
        "kind": "resident_id",
        "number": builders.resident_id(date(1990, 3, 7), seq=111),
        "phone": "13900000001",
        "password": PASSWORD,
        "agree": "on",
        "text_id": text.pk,
    }
    return {key: value for key, value in (typed | changed).items() if value is not None}


def messages_to(phone: str) -> list[str]:
    """The short messages that the console provider took for a phone."""
    file = Path(settings.DATA_DIR) / "sms.txt"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [line.split("\t", 1)[1] for line in lines if line.startswith(phone)]


def code_for(phone: str) -> str:
    """The six digits of the last message."""
    found = re.search(r"验证码 (\d{6})", messages_to(phone)[-1])
    assert found is not None
    return found[1]


def sign_in(client: Client, name: str, password: str = builders.PASSWORD, **more: Any) -> HttpResponse:
    """Post the sign-in page."""
    return client.post("/accounts/login/", {"login": name, "password": password, **more.pop("data", {})}, **more)


def enrol(user: User) -> Authenticator:
    """A second factor with a known secret."""
    return TOTP.activate(user, SECRET).instance


def otp() -> str:
    """The present six digits of the known secret."""
    return format_hotp_value(hotp_value(SECRET, list(yield_hotp_counters_from_time())[1]))

"""Accounts of the demonstration, one or more for each role, with random passwords kept in DATA_DIR/accounts.json."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, field

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings

from kupasi.acts import Act
from kupasi.people.models import Institution, User
from kupasi.people.roles import STAFF
from kupasi.people.services.accounts import change_email
from kupasi.people.services.staff import create_account

HOW_MANY = {
    "institution_clerk": 2,
    "institution_approver": 2,
    "clerk": 3,  # a record made at the office takes two, and a third to confirm it
    "marker": 3,
    "publisher": 2,
    "invigilator": 4,
    "supervisor": 3,
    "finance": 2,
    "auditor": 1,
    "admin": 2,
}
NAMES = "甲乙丙丁"
CALLED = {"institution_clerk": "经办", "institution_approver": "审核"}  # the others by the beginning of their role
INSTITUTION_ROLES = {"institution_clerk", "institution_approver"}


@dataclass
class Book:
    """The accounts that were opened, by role, and what stands in accounts.json."""

    users: dict[str, list[User]] = field(default_factory=dict)
    lines: list[dict[str, str]] = field(default_factory=list)

    def note(self, role: str, user: User, *, username: str, password: str, secret: str = "") -> None:
        """Keep an account for the file."""
        self.users.setdefault(role, []).append(user)
        line = {"role": role, "username": username, "password": password}
        self.lines.append(line | ({"totp_secret": secret} if secret else {}))

    def write(self) -> None:
        """DATA_DIR/accounts.json, readable by its owner only."""
        path = settings.DATA_DIR / "accounts.json"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(self.lines, file, ensure_ascii=False, indent=1)


def new_password() -> str:
    """Random, long enough, easy to copy."""
    return f"{secrets.token_hex(3)}-{secrets.token_hex(3)}-{secrets.token_hex(3)}"


def open_staff(by: Act, book: Book, *, institution: Institution) -> None:
    """Accounts for every role but the candidate's; staff with a second factor already enrolled."""
    from kupasi.people.roles import ROLES

    for role, count in HOW_MANY.items():
        for number in range(count):
            password = new_password()
            user = create_account(
                by,
                username=f"{role.replace('_', '-')}-{number + 1}",
                name=f"演示{CALLED.get(role, ROLES[role][:2])}{NAMES[number]}",
                roles=[role],
                password=password,
                institution=institution if role in INSTITUTION_ROLES else None,
            )
            if role == "auditor":  # the daily root of the record is mailed
                change_email(Act(user, by.at), email="auditor@kupasi.example")
            secret = generate_totp_secret() if role in STAFF else ""
            if secret:
                TOTP.activate(user, secret)
            book.note(role, user, username=user.username, password=password, secret=secret)

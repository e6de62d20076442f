"""The ways by which a letter leaves: e-mail through Django's backend, SMS through a provider."""

from __future__ import annotations

import hashlib
import smtplib

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.module_loading import import_string

from kupasi.people.models import Candidate, User

from .enums import Channel
from .models import Notice
from .sms import SmsError


class Undeliverable(Exception):
    """A letter that did not leave; `code` is a short word without personal data."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def reaches(channel: Channel, *, candidate: Candidate | None, user: User | None) -> bool:
    """Whether the reader can be reached this way."""
    return channel == Channel.IN_APP or bool(_address(channel, candidate=candidate, user=user))


def deliver(notice: Notice) -> None:
    """Hand the letter to its channel, or raise `Undeliverable`."""
    address = _address(Channel(notice.channel), candidate=notice.candidate, user=notice.user)
    if not address:
        raise Undeliverable("no_address")
    try:
        if notice.channel == Channel.EMAIL:
            subject = " ".join(f"【库帕思】{notice.subject}".split())
            headers = {"Message-ID": message_id(notice)}
            EmailMessage(subject, _text(notice), settings.DEFAULT_FROM_EMAIL, [address], headers=headers).send()
        else:
            import_string(settings.SMS_PROVIDER)().send(
                phone=address, text=f"【库帕思】{notice.subject}。{notice.body}", key=message_id(notice)
            )
    except (smtplib.SMTPException, OSError, SmsError) as error:
        raise Undeliverable(type(error).__name__[:60]) from error


def message_id(notice: Notice) -> str:
    """The same for every try of a letter, so that a letter sent twice (a crash after the hand-over) is shown once."""
    word = hashlib.sha256(f"{notice.key}|{notice.pk}".encode()).hexdigest()[:40]
    return f"<{word}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2].rstrip('>') or 'kupasi'}>"


def _address(channel: Channel, *, candidate: Candidate | None, user: User | None) -> str:
    reader = candidate if candidate is not None else user
    if reader is None:
        return ""
    return reader.email if channel == Channel.EMAIL else reader.phone


def _text(notice: Notice) -> str:
    link = f"\n\n查看：{settings.SITE_URL}{notice.url}" if notice.url else ""
    return f"{notice.body}{link}\n\n上海库帕思科技有限公司"

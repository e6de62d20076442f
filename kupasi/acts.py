"""Who does something, when and from where: handed to every service, so that nothing below the edge reads the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest

from kupasi import clock

if TYPE_CHECKING:
    from kupasi.people.models import User


@dataclass(frozen=True, slots=True)
class Act:
    """One act: a person (`actor`) or a named `job`, its aware moment `at`, and the network `address` it came from."""

    actor: User | None
    at: datetime
    address: str = ""
    job: str = ""

    @property
    def on(self) -> date:
        """The day in Shanghai on which the act happens."""
        return clock.local_day(self.at)

    @property
    def person(self) -> User:
        """The acting person; a job has none, and asking for it is a programming error."""
        if self.actor is None:
            raise ValueError(f"the job {self.job or '?'} is nobody")
        return self.actor

    @classmethod
    def of(cls, request: HttpRequest) -> Act:
        """The act of whoever sent this request, now."""
        actor = request.user if request.user.is_authenticated else None
        return cls(actor=actor, at=clock.now(), address=client_address(request), job="" if actor else "visitor")

    @classmethod
    def of_job(cls, name: str) -> Act:
        """The act of a scheduled job or command, now."""
        return cls(actor=None, at=clock.now(), job=name)


def client_address(request: HttpRequest) -> str:
    """The peer's address; forwarded headers count only behind the configured number of own proxies."""
    proxies: int = settings.TRUSTED_PROXIES
    if proxies:
        forwarded: str = request.META.get("HTTP_X_FORWARDED_FOR", "")
        hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
        if len(hops) >= proxies:
            return hops[-proxies][:45]
    peer: str = request.META.get("REMOTE_ADDR", "")
    return peer[:45]

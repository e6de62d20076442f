"""The daily root: the head of the audit chain, fixed once a day, recorded, and sent to whoever keeps it outside.

The head of a chain vouches for everything before it. Whoever holds yesterday's root on paper can tell whether history
was rewritten since, even by somebody with the whole database in hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.urls import reverse

from kupasi.acts import Act
from kupasi.audit.models import Entry, Seal
from kupasi.audit.services import record
from kupasi.notices.enums import Channel
from kupasi.notices.services import once, queue
from kupasi.people.models import User

JOB = "audit-root"
ACTION = "audit.root"


@dataclass(frozen=True, slots=True)
class Root:
    """The root of a day: how many entries it vouches for, and the value to compare."""

    day: date
    position: int
    chain: str
    taken: Entry

    @property
    def groups(self) -> list[str]:
        """The value in groups of eight, for eyes and paper."""
        return [self.chain[start : start + 8] for start in range(0, len(self.chain), 8)]

    @property
    def holds(self) -> bool:
        """Whether the chain still has this very value at this place."""
        return Seal.objects.filter(position=self.position, chain=self.chain).exists()


@transaction.atomic
def take(*, by: Act) -> Root | None:
    """Fix the root of yesterday, the first time that this is asked today; later calls change nothing.

    After a silence of days the next root vouches for all of them: the chain leaves nothing out.
    """
    day = by.on - timedelta(days=1)
    head = Seal.objects.order_by("-position").first()
    if head is None or not once(JOB, day.isoformat(), at=by.at):
        return None
    after = {"day": day.isoformat(), "position": head.position, "chain": head.chain}
    root = _root(record(by, ACTION, head, after=after))
    for auditor in User.objects.filter(groups__name="auditor", is_active=True):
        _send(root, auditor, by=by)
    return root


def latest(count: int = 60) -> list[Root]:
    """The last roots, the newest first."""
    return [_root(one) for one in Entry.objects.filter(action=ACTION).order_by("-pk")[:count]]


def of_day(day: date) -> Root | None:
    """The root of a day."""
    found = Entry.objects.filter(action=ACTION, after__day=day.isoformat()).order_by("pk").first()
    return _root(found) if found else None


def _root(entry: Entry) -> Root:
    said = entry.after
    return Root(date.fromisoformat(said["day"]), int(said["position"]), str(said["chain"]), entry)


def _send(root: Root, auditor: User, *, by: Act) -> None:
    queue(
        by,
        key=f"{JOB}:{root.day}:{auditor.pk}",
        kind="audit_root",
        user=auditor,
        subject=f"{root.day:%Y年%-m月%-d日}审计日根",
        body=f"截至第 {root.position} 条记录，审计链的值为：\n{' '.join(root.groups)}\n请打印，保存在本系统之外。",
        url=reverse("operations-root", args=[root.day.isoformat()]),
        over=(Channel.IN_APP, Channel.EMAIL),
        about=root.taken,
    )

"""What carrying out a decision changed, row by row: the same lines are previewed, signed, kept and taken back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from discipline.models import Case, Effect
from kupasi.acts import Act
from kupasi.audit.models import Entry as AuditEntry
from kupasi.audit.services import compose, record_many

GROUPS = {
    "mark": "成绩",
    "bar": "不得参加评价的期限",
    "sitting": "期限内的评价和准考证",
    "certificate": "证书",
    "fee": "尚未缴的费用",
    "refund": "退费",
    "register": "外部平台",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One effect: `key` names the row for the signer's hash, `object_id` for the ledger; before None = made anew."""

    group: str
    label: str
    key: str
    words: str
    object_id: str = ""
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None

    def shown(self) -> list[str]:
        """What a signature stands for: the row and the words about it."""
        return [self.group, self.label, self.key, self.words]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a decision will change, in order, with the hash that is signed."""

    lines: tuple[Line, ...]

    @property
    def sha256(self) -> str:
        """SHA-256 over what is shown."""
        text = json.dumps([one.shown() for one in self.lines], ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def groups(self) -> list[tuple[str, list[Line]]]:
        """The lines by kind, for the page."""
        found = [(label, [one for one in self.lines if one.group == code]) for code, label in GROUPS.items()]
        return [(label, lines) for label, lines in found if lines]


def plain(values: Mapping[str, Any]) -> Any:
    """Values as JSON keeps them; moments in UTC, so that what was written and what is read back are alike."""
    alike = {name: one.astimezone(UTC) if isinstance(one, datetime) else one for name, one in values.items()}
    return json.loads(json.dumps(alike, cls=DjangoJSONEncoder))


@dataclass
class Ledger:
    """Collects the lines while the rows are changed, with an audit line for each row."""

    by: Act
    lines: list[Line] = field(default_factory=list)

    def change(self, rows: Iterable[Any], *, group: str, words: Callable[[Any], str], **fields: Any) -> list[Any]:
        """Set the same fields on all rows with one statement, keeping what each was before."""
        changed = list(rows)
        if not changed:
            return []
        model = type(changed[0])
        audit: list[AuditEntry] = []
        for row in changed:
            before = plain({name: getattr(row, name) for name in fields})
            label = model._meta.label_lower
            self.lines.append(Line(group, label, str(row.pk), words(row), str(row.pk), before, plain(fields)))
            audit.append(compose(self.by, "case.effect", row, before=before, after=plain(fields)))
        model._default_manager.filter(pk__in=[row.pk for row in changed]).update(**fields)
        record_many(audit)
        return changed

    def made(self, row: models.Model, *, group: str, key: str, words: str, after: Mapping[str, Any]) -> None:
        """A row that the decision brought into being."""
        label = row._meta.label_lower
        self.lines.append(Line(group, label, key, words, str(row.pk), None, plain(after)))
        record_many([compose(self.by, "case.effect", row, after=plain(after))])

    def say(self, group: str, key: str, words: str) -> None:
        """An effect without a row of its own."""
        self.lines.append(Line(group, "", key, words))

    @property
    def plan(self) -> Plan:
        """What has been changed so far."""
        return Plan(tuple(self.lines))

    def keep(self, case: Case) -> None:
        """Write the ledger of a case that was carried out."""
        Effect.objects.bulk_create(
            Effect(
                case=case,
                order=number,
                group=one.group,
                label=one.label,
                object_id=one.object_id or one.key,
                words=one.words[:300],
                before=one.before,
                after=one.after,
            )
            for number, one in enumerate(self.lines, 1)
        )

"""The ledger of a case while it is given back: row by row, only where nothing else has happened to the row."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Max

from discipline.models import Case, Effect
from kupasi.acts import Act
from kupasi.audit.services import compose, record_many

from .ledger import plain

ANOTHER = "另一处理决定仍然有效，由其继续"
CHANGED = "此后另有变动，不再改回"
MARK, BAR, CERTIFICATE = "exams.mark", "discipline.bar", "certificates.certificate"
ENTRY, SEAT, TICKET = "exams.entry", "exams.seat", "exams.admissionticket"


@dataclass
class Restoring:
    """The ledger of a case while it is taken back; the app above joins in through the signal."""

    case: Case
    by: Act
    effects: list[Effect]
    heirs: list[Case]
    blocked_entries: dict[int, str] = field(default_factory=dict)

    def of(self, label: str) -> list[Effect]:
        """What is still to be given back of one kind of row."""
        return [one for one in self.effects if one.label == label and one.restored_at is None and not one.not_restored]

    def rows(self, effects: Iterable[Effect]) -> dict[str, Any]:
        """The rows that these effects are about, locked."""
        chosen = list(effects)
        if not chosen:
            return {}
        model = apps.get_model(chosen[0].label)
        rows = model._default_manager.select_for_update().filter(pk__in=[one.object_id for one in chosen])
        return {str(row.pk): row for row in rows.order_by("pk")}

    def leave(self, effect: Effect, why: str) -> None:
        """This one cannot come back."""
        effect.not_restored = why

    def pass_on(self, effect: Effect, heir: Case) -> None:
        """Another standing decision takes the same: it goes on holding it, and will give it back in its turn."""
        last = Effect.objects.filter(case=heir).aggregate(last=Max("order"))["last"] or 0
        Effect.objects.create(
            case=heir,
            order=last + 1,
            group=effect.group,
            label=effect.label,
            object_id=effect.object_id,
            words=effect.words,
            before=effect.before,
            after=effect.after,
        )
        self.leave(effect, ANOTHER)

    def put_back(self, effects: Iterable[Effect], **more: Any) -> list[Effect]:
        """Write the old values of rows that are still as the decision left them, a statement for each set of values."""
        chosen = [one for one in effects if one.before is not None]
        rows, done = self.rows(chosen), list[Effect]()
        same: dict[str, list[Any]] = defaultdict(list)
        audit = []
        for effect in chosen:
            row = rows.get(effect.object_id)
            if row is None or not is_as_left(row, effect):
                self.leave(effect, CHANGED)
                continue
            same[json.dumps({**(effect.before or {}), **more}, sort_keys=True)].append(row.pk)
            audit.append(compose(self.by, "case.restored", row, before=effect.after, after=effect.before))
            effect.restored_at = self.by.at
            done.append(effect)
        for values, keys in same.items():
            model = apps.get_model(done[0].label)
            model._default_manager.filter(pk__in=keys).update(**json.loads(values))
        record_many(audit)
        return done


def is_as_left(row: models.Model, effect: Effect) -> bool:
    return bool(plain({name: getattr(row, name) for name in effect.after or {}}) == effect.after)

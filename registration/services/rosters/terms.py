"""What the rows of one file are judged by, collected once: words, prices, settings, and a stamp over all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from exams.models import Fee, Occupation
from exams.rules import FeeAnswer, PriceFact, fee_on
from exams.services.settings import number
from kupasi.errors import Refusal
from registration.models import HeaderPreset, Roster
from registration.rules.roster_types import OccupationWords, RowRules, Vocabulary
from registration.rules.roster_words import occupation_words, subject_words
from registration.sheets.header import Preset

EDITION = 3  # of the rules in the code: raised when they change, so that no earlier judgement is used again


@dataclass(slots=True)
class Basis:
    """Everything that does not change from row to row of a file."""

    rules: RowRules
    exam_month: date
    occupations: Mapping[str, int]
    prices: Mapping[str, Sequence[PriceFact]]
    stamp: str
    _fees: dict[tuple[str, tuple[str, ...]], FeeAnswer] = field(default_factory=dict)

    def fee(self, occupation: str, subjects: tuple[str, ...]) -> FeeAnswer:
        """What these subjects cost on the day; asked once for each combination."""
        asked = (occupation, subjects)
        if asked not in self._fees:
            self._fees[asked] = fee_on(self.rules.on, self.prices.get(occupation, ()), subjects)
        return self._fees[asked]


def basis_for(roster: Roster, *, on: date, preset: HeaderPreset | None = None) -> Basis:
    """What the rows of a roster are judged by on a day; a fixed number of queries."""
    occupations = list(Occupation.objects.public().prefetch_related("subjects"))
    words = tuple(_words(one) for one in occupations)
    rules = RowRules(
        on=on,
        vocabulary=Vocabulary(words),
        minimum_age=number("minimum_age"),
        most_per_phone=number("phone_shared_limit"),
        code_values=preset_of(preset).values,
    )
    prices: dict[str, list[PriceFact]] = {}
    rows = Fee.objects.filter(subject__occupation__in=occupations).order_by("pk")
    names = ("subject__occupation__code", "subject__code", "amount", "effective_from", "effective_until")
    for code, *price in rows.values_list(*names):
        prices.setdefault(code, []).append(PriceFact(*price))
    month = roster.window.exam_month
    numbers = {one.code: one.pk for one in occupations}
    return Basis(rules, month, numbers, prices, _stamp(rules, month, prices, roster.institution_id))


def preset_of(row: HeaderPreset | None) -> Preset:
    """A header preset as the reading takes it; refuses with `bad_preset` what its data do not make clear."""
    if row is None:
        return Preset()
    try:
        return Preset.from_data({"columns": row.columns, "values": row.values, "constants": row.constants})
    except ValueError as error:
        raise Refusal("bad_preset", "所选的表头方案有误，请联系业务受理点。", "通知 二(二)") from error


def _words(one: Occupation) -> OccupationWords:
    present = [each for each in one.subjects.all() if each.is_in(one.exam_mode)]
    subjects = tuple(subject_words(each.code, each.name) for each in present)
    return occupation_words(one.code, one.name, level=one.level, subjects=subjects)


def _stamp(*basis: object) -> str:
    """Equal for two files exactly when a row of one would be judged alike in the other."""
    return hashlib.sha256(repr((EDITION, *basis)).encode()).hexdigest()

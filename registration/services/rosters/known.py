"""What the register knows of the people on a chunk of rows: a constant number of queries, however many rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from certificates.enums import CertificateStatus
from certificates.models import Certificate
from discipline.models import Bar
from exams.services.kept_passes import entitlements
from kupasi.among import among
from kupasi.dates import Span
from kupasi.people.models import IdentityDocument
from registration.enums import LIVE, OPEN, RosterStatus
from registration.models import Application, Roster, RosterRow
from registration.rules.roster_people import KnownPerson, RetakeFact

FILED = frozenset({RosterStatus.SUBMITTED, RosterStatus.REVIEWED})
Standing = tuple[str, date | None, bool]


@dataclass(slots=True)
class Register:
    """The answer for a chunk, by number index: who is known, and who stands on which list (occupation keys)."""

    people: dict[str, KnownPerson] = field(default_factory=dict)
    on_own_list: set[tuple[str, int]] = field(default_factory=set)
    filed_elsewhere: set[tuple[str, int]] = field(default_factory=set)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of anybody."""
        return not (self.people or self.on_own_list or self.filed_elsewhere)


def look_up(numbers: Collection[str], *, roster: Roster, occupations: Mapping[str, int], on: date) -> Register:
    """Whatever is known under these number indexes; two queries, and a fixed number more where somebody is known."""
    register = Register()
    if not numbers:
        return register
    _lists(register, numbers, roster=roster)
    names = ("number_index", "candidate", "candidate__name", "candidate__birth_date", "candidate__institution")
    documents = list(IdentityDocument.objects.filter(number_index__in=among(numbers)).values_list(*names))
    if not documents:
        return register
    ids = {candidate for _, candidate, *_ in documents}
    standing, bars, certified = _standing(ids), _bars(ids, on=on), _certified(ids)
    retakes = _retakes(ids, occupations, on=on)
    for index, candidate, name, born, institution in documents:
        register.people[index] = KnownPerson(
            name=name,
            birth_date=born,
            is_own=institution == roster.institution_id,
            bars=tuple(bars.get(candidate, ())),
            standing=tuple(standing.get(candidate, ())),
            certified=frozenset(certified.get(candidate, ())),
            retakes=retakes.get(candidate, {}),
        )
    return register


def _lists(register: Register, numbers: Collection[str], *, roster: Roster) -> None:
    """Other lists: this institution's own for the same window, and what anybody has filed and nobody made out yet."""
    rows = RosterRow.objects.current().filter(number_index__in=among(numbers)).exclude(roster=roster)
    names = ("number_index", "occupation", "roster__institution", "roster__window", "roster__status", "application")
    for index, occupation, institution, window, status, application in rows.values_list(*names):
        if occupation is None:
            continue
        if (institution, window) == (roster.institution_id, roster.window_id):
            register.on_own_list.add((index, occupation))
        elif status in FILED and application is None:
            register.filed_elsewhere.add((index, occupation))


def _standing(ids: Collection[int]) -> dict[int, list[Standing]]:
    rows = Application.objects.filter(candidate__in=ids, status__in=LIVE)
    found: dict[int, list[Standing]] = {}
    for candidate, code, month, status in rows.values_list(
        "candidate", "occupation__code", "exam_session__exam_month", "status"
    ):
        found.setdefault(candidate, []).append((code or "", month, status in OPEN))
    return found


def _bars(ids: Collection[int], *, on: date) -> dict[int, list[Span]]:
    rows = Bar.objects.in_force().filter(candidate__in=ids, barred_until__gte=on)
    found: dict[int, list[Span]] = {}
    for candidate, first, last in rows.values_list("candidate", "barred_from", "barred_until"):
        found.setdefault(candidate, []).append(Span(first, last))
    return found


def _certified(ids: Collection[int]) -> dict[int, list[str]]:
    rows = Certificate.objects.filter(candidate__in=ids).exclude(status=CertificateStatus.VOID)
    found: dict[int, list[str]] = {}
    for candidate, code in rows.values_list("candidate", "occupation__code"):
        found.setdefault(candidate, []).append(code)
    return found


def _retakes(ids: Collection[int], occupations: Mapping[str, int], *, on: date) -> dict[int, dict[str, RetakeFact]]:
    """What everybody may retake by occupation, from the wallet of kept passes."""
    found: dict[int, dict[str, RetakeFact]] = {}
    for one in entitlements(ids, occupation_ids=occupations.values(), on=on).values():
        against = tuple(fact.code for fact in one.refusals)
        kept = "retake_nothing_failed" not in against and any(on <= each.valid_until for each in one.kept)
        fact = RetakeFact(frozenset(one.codes), against, kept)
        found.setdefault(one.candidate_id, {})[one.occupation.code] = fact
    return found

"""Hints about pass rates of a session: rooms, institutions and markers against the rest, by exact tests (rules M4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from exams.enums import EntryStatus, MarkStatus
from exams.models import Mark, MarkEntry, Room, Subject
from exams.rules.marks import is_pass
from exams.rules.outliers import Group, Hint, outliers
from kupasi.people.models import Institution, User

from .settings import number

KINDS = {"room": "考场", "institution": "机构", "marker": "录入人员"}
Key = tuple[str, int, int]  # kind, subject, whose


@dataclass(frozen=True, slots=True)
class NamedHint:
    """A hint in words."""

    kind: str
    name: str
    subject: str
    hint: Hint[Key]

    @property
    def rate(self) -> float:
        """Pass rate of the group, in percent."""
        return 100 * self.hint.group.passed / self.hint.group.papers

    @property
    def rest_rate(self) -> float:
        """Pass rate of all the others of the subject, in percent."""
        return 100 * self.hint.group.rest_passed / self.hint.group.rest_papers


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found, and how many comparisons it was found among."""

    hints: tuple[NamedHint, ...]
    comparisons: int
    level_percent: int


def hints_of(exam_session_id: int) -> Looked:
    """Groups of a session that pass much more or less often than the rest; settled marks only, published or not."""
    groups, percent = list(_groups(exam_session_id)), number("outlier_level_percent")
    found = outliers(groups, level=percent / 100)
    names = _names(found)
    shown = tuple(NamedHint(KINDS[one.group.key[0]], *names[one.group.key], one) for one in found)
    return Looked(shown, len(groups), percent)


def _groups(exam_session_id: int) -> Iterator[Group[Key]]:
    """Every group that has a rest to be compared with; five questions for any number of papers."""
    counts: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
    whole: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for subject, is_passed, keys in _papers(exam_session_id):
        for counted in (whole[subject], *(counts[key] for key in keys)):
            counted[0] += is_passed
            counted[1] += 1
    for key, (passed, papers) in sorted(counts.items()):
        all_passed, everybody = whole[key[1]]
        if papers < everybody:
            yield Group(key, passed, papers, all_passed - passed, everybody - papers)


def _papers(exam_session_id: int) -> Iterator[tuple[int, bool, list[Key]]]:
    """Each settled paper: its subject, whether it passed, and the groups that it belongs to."""
    subjects = Subject.objects.filter(occupation__exam_sessions=exam_session_id).in_bulk()
    marks = Mark.objects.filter(seat__entry__exam_session=exam_session_id, status=MarkStatus.NORMAL)
    marks = marks.exclude(seat__entry__status=EntryStatus.CANCELLED)
    readers: dict[int, set[int]] = defaultdict(set)
    made = MarkEntry.objects.filter(seat__entry__exam_session=exam_session_id).order_by()
    for seat, person in made.values_list("seat", "entered_by"):
        readers[seat].add(person)
    rows = marks.values_list("seat", "seat__subject", "value", "seat__sitting__room", "seat__entry__institution")
    for seat, subject, value, room, institution in rows:
        keys: list[Key] = [("marker", subject, one) for one in readers[seat]]
        keys += [("room", subject, room)] if room is not None else []
        keys += [("institution", subject, institution)] if institution is not None else []
        assert value is not None
        yield subject, is_pass(value, pass_mark=subjects[subject].pass_mark), keys


def _names(hints: list[Hint[Key]]) -> dict[Key, tuple[str, str]]:
    """Names of whatever was found."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for one in hints:
        wanted[one.group.key[0]].add(one.group.key[2])
    found: dict[str, dict[int, Any]] = {
        "room": Room.objects.select_related("site").in_bulk(wanted["room"]),
        "institution": Institution.objects.in_bulk(wanted["institution"]),
        "marker": User.objects.in_bulk(wanted["marker"]),
    }
    subjects = Subject.objects.in_bulk({one.group.key[1] for one in hints})
    keys = [one.group.key for one in hints]
    return {key: (str(found[key[0]][key[2]]), str(subjects[key[1]])) for key in keys}

"""Suggested retakes as the next draft: a new list with a file of them, judged like any other file (rules T1–T3)."""

from __future__ import annotations

import csv
import io
from datetime import date

from django.db import transaction

from exams.models import Window
from exams.rules import find_window
from exams.services.calendar import public_windows
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from registration.enums import RUNNING, RosterStatus, UploadState
from registration.models import Roster
from registration.sheets.enums import Column

from .after import ResultShown, results
from .contents import contents
from .drafts import LONGEST_LABEL, start_roster
from .uploads import accept_upload

CLAUSE = "通知 四(一)"
COLUMNS = [one for one in Column if one is not Column.ROW_ID]


def suggested(roster: Roster, *, on: date) -> list[ResultShown]:
    """Those on a roster who may retake something."""
    return [one for one in results(roster, on=on) if one.retake is not None]


@transaction.atomic
def draft_retakes(roster: Roster, *, by: Act) -> Roster:
    """Begin a list for the window that is open or the next one, with a file of everybody who may retake something.

    Nothing is filed by it: the file is judged, looked at and taken, the list signed, as always. Asked again, it is the
    same list until that is handed in or withdrawn. Refuses with `nothing_to_retake`, `no_open_window`.
    """
    Roster.objects.select_for_update().get(pk=roster.pk)
    begun = waiting(roster)
    if begun is not None and _holds_something(begun):
        return begun
    people = suggested(roster, on=by.on)
    if not people:
        raise Refusal("nothing_to_retake", "这份名单上现在没有可以补考的人员。", CLAUSE)
    made = begun or _begin(roster, by=by)
    accept_upload(made.pk, name="补考建议.csv", content=_file(people), by=by)
    record(by, "roster.retakes_drafted", made, after={"from": roster.pk, "people": len(people)})
    return made


def waiting(roster: Roster) -> Roster | None:
    """The list of its retakes that was begun and is not handed in."""
    return roster.retake_lists.filter(status__in=[RosterStatus.DRAFT, RosterStatus.SIGNED]).first()


def _holds_something(made: Roster) -> bool:
    """Whether people or a file are on it; somebody may have thrown the suggestion away."""
    files = made.uploads.filter(state__in=[*RUNNING, UploadState.JUDGED])
    return made.rows.current().exists() or files.exists()


def _begin(roster: Roster, *, by: Act) -> Roster:
    label = f"{(roster.label or roster.number or '')[: LONGEST_LABEL - 3]} 补考"
    made = start_roster(roster.institution, window=_window(by.on), by=by, label=label)
    made.retakes_of = roster
    made.save(update_fields=["retakes_of"])
    return made


def _window(on: date) -> Window:
    answer = find_window(on, public_windows())
    found = answer.window or answer.next_window
    window = Window.objects.public().filter(opens_on=found.opens_on).first() if found is not None else None
    if window is None:
        raise Refusal("no_open_window", "现在没有开放或已公布的申报时间段，请在公布后再生成补考名单。", "通知 附件1")
    return window


def _file(people: list[ResultShown]) -> bytes:
    """The suggestion as a CSV file of the roster's columns."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([one.label for one in COLUMNS])
    for one in people:
        cells = _cells(one)
        writer.writerow([cells.get(column, "") for column in COLUMNS])
    return out.getvalue().encode("utf-8-sig")


def _cells(one: ResultShown) -> dict[Column, str]:
    """One person's row; what the last list said of school and class is taken along."""
    application, person, document = one.application, one.application.candidate, one.application.document
    assert document is not None
    assert one.retake is not None
    before = contents(application.roster_row).values
    return {
        Column.NAME: person.name,
        Column.DOCUMENT_KIND: document.get_kind_display(),
        Column.NUMBER: document.number,
        Column.SEX: person.get_sex_display(),
        Column.BIRTH_DATE: person.birth_date.isoformat(),
        Column.EDUCATION: application.get_education_display(),
        Column.PHONE: before.phone,
        Column.EMPLOYER: application.employer,
        Column.CLASS_NAME: one.class_name,
        Column.OCCUPATION: str(application.occupation.name if application.occupation else ""),
        Column.EXAM_KIND: "补考",
        Column.SUBJECTS: "、".join(subject.name for subject in one.retake.subjects),
    }

"""A whole list as a workbook or on paper: a small one while its reader waits, a large one by the worker (R14).

A page of the paper costs far more than a sheet's row, so what is small differs. What was made is old as soon as the
list is another: its hash says so.
"""

from __future__ import annotations

import io
from datetime import datetime

from django.db import transaction

from kupasi.acts import Act
from kupasi.audit.services import record
from registration.enums import ListPaper, MakingState
from registration.models import ListFile, Roster

from . import making
from .papers import list_pdf, write_list
from .signing import list_hash
from .workbooks import workbook_for

AT_ONCE = {ListPaper.WORKBOOK: 2000, ListPaper.LIST: 100}  # people: half a second of a web worker each


def is_large(roster: Roster, what: ListPaper) -> bool:
    """Whether the worker makes it."""
    return people(roster, what) > AT_ONCE[what]


def people(roster: Roster, what: ListPaper) -> int:
    """How many stand on it: those who objected are no longer on the paper."""
    rows = roster.rows.current()
    return (rows if what is ListPaper.WORKBOOK else rows.filter(objected_at=None)).count()


def current(roster: Roster, what: ListPaper) -> ListFile | None:
    """What was asked for, unless the list is another by now."""
    found = ListFile.objects.filter(roster=roster, what=what).first()
    if found is None or found.state != MakingState.READY:
        return found
    return found if found.stamp == _stamp(roster) else None


@transaction.atomic
def ask(roster_id: int, what: ListPaper, *, by: Act) -> ListFile:
    """Have the file made, unless it is being made or stands ready as the list is."""
    roster = Roster.objects.select_for_update().get(pk=roster_id)
    found = current(roster, what)
    if found is not None and found.state != MakingState.FAILED:
        return found
    making.drop(ListFile.objects.filter(roster=roster, what=what))
    made = ListFile.objects.create(
        roster=roster, what=what, total=people(roster, what), asked_at=by.at, asked_by=by.person
    )
    record(by, "roster.list_asked", roster, after={"what": what.value, "rows": made.total})
    return made


def content(roster: Roster, what: ListPaper, made: ListFile | None, *, by: Act) -> bytes:
    """The file that was made before, or else made now."""
    if made is not None:
        with made.file.open("rb") as stored:
            return bytes(stored.read())
    return workbook_for(roster, by=by) if what is ListPaper.WORKBOOK else list_pdf(roster)


def due(at: datetime) -> list[int]:
    """Those that nobody makes."""
    return making.due(ListFile.objects.all(), at)


def drop_old(at: datetime) -> None:
    """Let those go that are past their week."""
    making.drop_old(ListFile.objects.all(), at)


def process(file_id: int, *, by: Act, now: making.Clock) -> None:
    """Make one file, if nobody else does."""
    files = ListFile.objects.select_related("roster__institution", "roster__window", "roster__signed_by")
    row = making.begin(files, file_id, now=now)
    if row is None:
        return
    stamp = _stamp(row.roster)
    try:
        if row.what == ListPaper.WORKBOOK:
            made = workbook_for(row.roster, by=by, each=lambda rows: making.counted(rows, row, now=now))
        else:
            out = io.BytesIO()
            write_list(row.roster, out, each=lambda rows: making.counted(rows, row, now=now))
            made = out.getvalue()
        making.keep(row, made, stamp=stamp)
    except making.LostError:
        return


def _stamp(roster: Roster) -> str:
    """Everything that the files show: the people, and by whom and when the list was signed."""
    return f"{list_hash(roster.pk)[:48]}{roster.signed_at:%y%m%d%H%M%S}" if roster.signed_at else list_hash(roster.pk)

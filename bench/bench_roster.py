"""A roster of 10,000 rows: read, judged and stored with all errors, against django-import-export and no judging.

The references write the same rows of the same file into the same table: django-import-export by a plain resource with
its defaults, and python-calamine with one COPY (on SQLite one INSERT of many) that looks at nothing. Then the same
file again with one row in a hundred changed.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from typing import Any

from django.core.management import call_command
from import_export.formats.base_formats import XLSX
from import_export.resources import ModelResource
from python_calamine import CalamineWorkbook

from bench.harness import Row, compare, seconds
from registration.models import Roster, RosterRow, RosterUpload
from registration.services import rosters
from registration.services.rosters.lines import Line, store
from tests import builders
from tests.registration.rosters import made

ROWS, CHANGED = 10_000, 100
FIELDS = ("roster_id", "upload_id", "line", "name", "class_name", "number_tail", "sealed", "subjects", "findings")


def rows() -> Iterator[Row]:
    """The rows of the speed table."""
    call_command("migrate", verbosity=0)
    builders.load_notice()
    clerk = made.a_member(made.an_institution())
    content = workbook(made.lines(ROWS))
    place = made.sent(made.a_roster(clerk), [])
    yield compare(
        "roster 10,000 rows, read + judged + stored, all errors listed",
        ours=lambda: worked(clerk, content),
        against="django-import-export default, same rows",
        reference=lambda: seconds(lambda: imported(place, content)),
        goal=1 / 15,
    )
    yield compare(
        "the same: rows a second",
        ours=lambda: ROWS / worked(clerk, content),
        against="calamine + COPY without judging",
        reference=lambda: ROWS / seconds(lambda: copied(place, content)),
        goal=0.25,
        unit="rows/s",
        at_most=False,
    )
    again = workbook(changed(made.lines(ROWS)))
    yield compare(
        "uploading again with 1 % changed",
        ours=lambda: worked(clerk, again, after=content),
        against="first upload",
        reference=lambda: worked(clerk, content),
        goal=0.4,
    )


def workbook(lines: list[dict[str, str]]) -> bytes:
    """The rows as a workbook of text cells."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("名单")
        sheet.write_row(0, 0, made.HEADER)
        for at, line in enumerate(lines, start=1):
            for column, name in enumerate(made.HEADER):
                sheet.write_string(at, column, line[name])
    return out.getvalue()


def changed(lines: list[dict[str, str]]) -> list[dict[str, str]]:
    """One row in a hundred with another employer."""
    return [one | {"工作单位": "另一家公司"} if at % CHANGED == 0 else one for at, one in enumerate(lines)]


def worked(clerk: Any, content: bytes, *, after: bytes = b"") -> float:
    """How long the worker takes for a file of a new list; `after` was sent and judged before it."""
    roster = made.a_roster(clerk)
    if after:
        made.work(sent(roster, after))
    upload = sent(roster, content)
    taken = seconds(lambda: made.work(upload))
    assert upload.valid == upload.rows, upload.findings
    return taken


def sent(roster: Roster, content: bytes) -> RosterUpload:
    return rosters.accept_upload(
        roster.pk, name="名单.xlsx", content=content, by=builders.act(roster.created_by, made.ON)
    )


class PlainResource(ModelResource):
    """What a resource over the table is when nothing is tuned."""

    class Meta:
        model = RosterRow
        fields = ("id", "roster", "upload", "line", "name", "class_name", "number_tail", "sealed")


def imported(place: RosterUpload, content: bytes) -> None:
    """The file through django-import-export, its columns named as the table's."""
    RosterRow.objects.filter(upload=place).delete()
    data = XLSX().create_dataset(content)
    data.headers = [f"sealed_{at}" for at in range(len(data.headers))]
    data.append_col(list(itertools.repeat(place.roster_id, len(data))), header="roster")
    data.append_col(list(itertools.repeat(place.pk, len(data))), header="upload")
    data.append_col(list(range(1, len(data) + 1)), header="line")
    data.append_col(data["sealed_0"], header="name")
    data.append_col(data["sealed_8"], header="class_name")
    data.append_col([number[-4:] for number in data["sealed_2"]], header="number_tail")
    data.append_col(data["sealed_2"], header="sealed")
    result = PlainResource().import_data(data, raise_errors=True)
    assert result.totals["new"] == ROWS, result.totals


def copied(place: RosterUpload, content: bytes) -> None:
    """The file through calamine into the table, looking at nothing."""
    RosterRow.objects.filter(upload=place).delete()
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    lines = [_bare(place, at, row) for at, row in enumerate(itertools.islice(sheet.iter_rows(), 1, None), start=1)]
    store(lines)


def _bare(place: RosterUpload, at: int, row: list[Any]) -> Line:
    text = "\t".join(map(str, row))
    return Line(
        place.roster_id, place.pk, at, "", row[0], None, "", row[2][-4:], "", row[8], None, "full", "[]", None, text,
        "", "[]", True, False, False, "[]", "new", None,
    )  # fmt: skip

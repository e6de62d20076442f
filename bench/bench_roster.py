"""A roster of 10,000 rows: read, judged and stored with all errors, against django-import-export and no judging.

The references write the same rows of the same file into the same table: django-import-export by a plain resource with
its defaults, and python-calamine with one COPY (on SQLite one INSERT of many) that looks at nothing. Then the same
file again with one row in a hundred changed, 100,000 rows against ten times 10,000, and what one worker needs for them.
"""

from __future__ import annotations

import io
import itertools
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from django.core.management import call_command
from import_export.formats.base_formats import XLSX
from import_export.resources import ModelResource
from python_calamine import CalamineWorkbook

from bench.harness import Row, compare, seconds
from registration.models import Roster, RosterRow, RosterUpload
from registration.services import rosters
from registration.services.rosters import working
from registration.services.rosters.lines import Line, store
from tests import builders
from tests.registration.rosters import made

ROWS, MANY, CHANGED = 10_000, 100_000, 100
FIELDS = ("roster_id", "upload_id", "line", "name", "class_name", "number_tail", "sealed", "subjects", "findings")


def rows() -> Iterator[Row]:
    """The rows of the speed table, then the figures of a large file."""
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
    yield from large(clerk, content)


def large(clerk: Any, content: bytes) -> Iterator[Row]:
    """100,000 rows: against ten times 10,000, then memory and rows a second of a worker of its own (R14)."""
    many = workbook(made.lines(MANY))
    ours, ten = [], []
    for _ in range(3):
        ours.append(worked(clerk, many))
        ten.append(sum(worked(clerk, content) for _ in range(MANY // ROWS)))
    mine, theirs = sorted(ours)[1], sorted(ten)[1]
    yield Row("100,000 rows", mine, "s", "10 x the 10,000", theirs, mine / theirs, 1.2)
    yield Row("100,000 rows to validated and stored", mine, "s", "R14", 180.0, mine / 180, 1)
    figures = alone(clerk, many)
    memory = figures["megabytes"]
    yield Row("100,000 rows: peak memory of the worker and its reader", memory, "MB", "R14", 350.0, memory / 350, 1)
    for stage in ("read", "judged", "stored"):
        speed = figures[stage]
        name, least = f"100,000 rows: {stage} a second", MANY / 180
        yield Row(name, speed, "rows/s", "R14: 3 minutes", least, speed / least, 1, at_most=False)


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


def alone(clerk: Any, content: bytes) -> dict[str, float]:
    """What a worker in a process of its own says of one file: megabytes, and rows a second of each stage."""
    sent(made.a_roster(clerk), content)
    done = subprocess.run([sys.executable, "-m", "bench.bench_roster"], capture_output=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def work_alone() -> None:
    """Work on whatever waits; stages are measured by the time between their first and last row."""
    from registration.services.rosters.judging import Judge
    from registration.sheets.reading import read_workbook

    spent = {"read": 0.0, "judged": 0.0, "stored": 0.0}
    reading, judging, storing = read_workbook, Judge.chunk, store

    def read(*args: Any, **more: Any) -> Any:
        whole = reading(*args, **more)
        chunks = whole.chunks

        def timed() -> Iterator[Any]:
            found = chunks()
            while True:
                started = time.perf_counter()
                chunk = next(found, None)
                spent["read"] += time.perf_counter() - started
                if chunk is None:
                    return
                yield chunk

        whole.chunks = timed  # type: ignore[method-assign]
        return whole

    def judge(*args: Any) -> Any:
        started = time.perf_counter()
        outcome = judging(*args)
        spent["judged"] += time.perf_counter() - started
        return outcome

    def keep(*args: Any) -> None:
        started = time.perf_counter()
        storing(*args)
        spent["stored"] += time.perf_counter() - started

    here = (patch.object(working, "read_workbook", read), patch.object(working, "store", keep))
    with here[0], here[1], patch.object(Judge, "chunk", judge):
        made.work(RosterUpload.objects.running().latest("pk"))
    most = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    print(json.dumps({"megabytes": most} | {stage: MANY / took for stage, took in spent.items()}))


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kupasi.settings")
    import django

    django.setup()
    work_alone()

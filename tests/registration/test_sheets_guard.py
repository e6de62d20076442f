"""Workbooks that mean harm, or are broken: refused with a sentence, in a process of their own (bad inputs RF)."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from python_calamine import CalamineWorkbook

from registration.sheets.cells import FileRefusedError
from registration.sheets.container import Container
from registration.sheets.enums import Column
from registration.sheets.limits import LIMITS, RefusedError
from registration.sheets.reading import read_workbook

from .sheet_samples import (
    GOOD,
    HEADER,
    SHEET,
    edited,
    names,
    persons,
    read,
    refusals,
    rezipped,
    sheet_of,
    warnings,
    with_wrong_size,
    xlsx,
)  # fmt: skip

XXE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
BILLION = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 3000
ROOT = str(Path(__file__).resolve().parents[2])
DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def big_cell():
    return edited(xlsx(), b"<sheetData>", b'<sheetData><row r="9"><c r="A9" t="inlineStr"><is><t>'
                  + b"A" * 40_000_000 + b"</t></is></c></row>")  # fmt: skip


def stored_big_cell():
    """The same without a telling ratio: random letters."""
    noise = os.urandom(3_000_000).hex().encode()
    return edited(xlsx(), b"<sheetData>", b'<sheetData><row r="9"><c r="A9" t="inlineStr"><is><t>' + noise
                  + b"</t></is></c></row>")  # fmt: skip


def far_cell(place):
    row = place.lstrip(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    cell = b'<row r="%s"><c r="%s" t="n"><v>1</v></c></row></sheetData>' % (row, place)
    return edited(xlsx(), b"</sheetData>", cell)


def linked(content):
    info = zipfile.ZipInfo("xl/link.xml")
    info.external_attr = 0o120777 << 16
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(info, "/etc/passwd")
    return out.getvalue()


def locked(content):
    """The flag of a locked entry in the directory."""
    at = content.rindex(b"PK\x01\x02")
    return content[: at + 8] + b"\x01\x00" + content[at + 10 :]


def damaged(content):
    at = content.index(SHEET.encode()) + 200
    return content[:at] + bytes(byte ^ 0xFF for byte in content[at : at + 40]) + content[at + 40 :]


def utf16_sheet():
    part = sheet_of(xlsx()).decode().replace("UTF-8", "UTF-16")
    return rezipped(xlsx(), {SHEET: part.encode("utf-16")})


REFUSED = {
    "a cell of 40 MB": (big_cell, "too_big_unpacked"),
    "a long cell of noise": (stored_big_cell, "field_too_long"),
    "10,000 entries": (lambda: rezipped(xlsx(), {f"xl/media/{n}.png": b"" for n in range(10_000)}), "too_many_entries"),
    "the farthest cell": (lambda: far_cell(b"XFD1048576"), "too_many_columns_or_rows"),
    "a far column": (lambda: far_cell(b"AAA3"), "too_many_columns_or_rows"),
    "a far row": (lambda: far_cell(b"A1000000"), "too_many_columns_or_rows"),
    "an entity from a file": (lambda: edited(xlsx(), DECLARATION, XXE), "not_a_valid_workbook"),
    "an entity from a server": (
        lambda: edited(xlsx(), DECLARATION, XXE.replace(b"file:///etc/hostname", b"http://127.0.0.1:9/x")),
        "not_a_valid_workbook",
    ),
    "entities of entities": (
        lambda: edited(xlsx(), DECLARATION, BILLION, name="xl/sharedStrings.xml"), "not_a_valid_workbook"),
    "an entity in the workbook": (
        lambda: edited(xlsx(), DECLARATION, XXE, name="xl/workbook.xml"), "not_a_valid_workbook"),
    "XML in another encoding": (utf16_sheet, "not_a_valid_workbook"),
    "a name that climbs": (lambda: rezipped(xlsx(), {"../../evil.txt": b"x"}), "odd_names"),
    "an absolute name": (lambda: rezipped(xlsx(), {"/etc/cron.d/x": b"x"}), "odd_names"),
    "a Windows name": (lambda: rezipped(xlsx(), {"C:\\x": b"x"}), "odd_names"),
    "a link": (lambda: linked(xlsx()), "odd_names"),
    "two entries of one name": (lambda: rezipped(xlsx(), {"XL/worksheets/sheet1.XML": b"x"}), "not_a_valid_workbook"),
    "a locked entry": (lambda: locked(xlsx()), "encrypted"),
    "a document that needs a password": (lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
    "an old workbook with macros": (lambda: OLE + "_VBA_PROJECT".encode("utf-16-le"), "macro_not_accepted"),
    "a broken old workbook": (lambda: OLE, "not_a_valid_workbook"),
    "macros": (lambda: rezipped(xlsx(), {"xl/vbaProject.bin": b"x"}), "macro_not_accepted"),
    "a workbook that says it has macros": (
        lambda: edited(xlsx(), b"spreadsheetml.sheet.main", b"x.sheet.macroEnabled.main", name="[Content_Types].xml"),
        "macro_not_accepted"),
    "damaged bytes": (lambda: damaged(xlsx(persons(200))), "not_a_valid_workbook"),
    "a size that is not true": (lambda: with_wrong_size(xlsx(), SHEET, 100), "not_a_valid_workbook"),
    "half a file": (lambda: xlsx(persons(50))[:3000], "not_a_valid_workbook"),
    "no sheet": (lambda: rezipped(xlsx(), {SHEET: None}), "not_a_valid_workbook"),
    "a sheet outside the file": (
        lambda: edited(xlsx(), b'Target="worksheets/sheet1.xml"', b'TargetMode="External" Target="http://127.0.0.1:9/"',
                       name="xl/_rels/workbook.xml.rels"), "not_a_valid_workbook"),
    "another zip": (lambda: rezipped(xlsx(), {"xl/workbook.xml": None}), "not_a_valid_workbook"),
    "a page": (lambda: b"<html><table><tr><td>x</td></tr></table></html>", "not_a_valid_workbook"),
    "one endless text in many cells": (
        lambda: xlsx([HEADER, *[["名" * 32_000] * 13] * 1500]), "too_big_unpacked"),
    "a PDF": (lambda: b"%PDF-1.7\n...", "not_a_valid_workbook"),
    "nothing": (lambda: b"", "empty"),
    "blanks": (lambda: b"\xef\xbb\xbf \r\n", "empty"),
    "an empty sheet": (lambda: xlsx(()), "empty"),
    "only a header": (lambda: xlsx((HEADER,)), "no_rows"),
    "only blank rows": (lambda: xlsx((HEADER, (" ",), ("", "\u3000"))), "no_rows"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_harmful_or_broken_workbook_is_refused_with_its_reason(name):
    make, code = REFUSED[name]
    assert refusals(make()) == [code]


def test_the_same_workbook_without_harm_is_read():
    assert names(rezipped(xlsx(), {})) == ["测试甲"]


def test_more_rows_than_allowed_are_refused_before_any_row_is_handed_on():
    limits = replace(LIMITS, rows=5000)
    assert refusals(xlsx(persons(5001)), limits) == ["too_many_rows"]
    assert len(read(xlsx(persons(5000)), limits)) == 5000


def test_far_more_rows_are_refused_by_the_scan_already():
    assert refusals(xlsx(persons(200)), replace(LIMITS, rows=100)) == ["too_many_rows"]


def test_a_file_beyond_the_limit_is_not_even_handed_to_the_child():
    assert refusals(xlsx(), replace(LIMITS, file_bytes=100)) == ["too_big"]


def test_long_texts_come_cut_and_in_smaller_pieces():
    with read_workbook(xlsx([HEADER, *[["名" * 2000] * 13] * 300])) as reading:
        chunks = list(reading.chunks())
    assert len(chunks) > 1
    assert {len(row.cells[Column.NOTE]) for chunk in chunks for row in chunk} == {1200}


def test_a_wrong_dimension_hides_nobody():
    content = edited(xlsx(persons(3)), b'<dimension ref="A1:M4"/>', b'<dimension ref="A1"/>')
    assert len(read(content)) == 3


def test_blank_styled_cells_far_away_do_no_harm():
    content = edited(xlsx(), b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" s="1"/></row></sheetData>')
    assert names(content) == ["测试甲"]


# Twins: what happens without the guard.


def test_twin_without_the_scan_the_far_cell_exhausts_the_process():
    script = "import resource,io; resource.setrlimit(resource.RLIMIT_AS, (256<<20, 256<<20)); "
    script += "from python_calamine import CalamineWorkbook as W; "
    script += "W.from_filelike(io.BytesIO(sys.stdin.buffer.read())).get_sheet_by_index(0)"
    assert python(script, input=far_cell(b"XFD1048576")).returncode != 0
    assert python(script, input=xlsx()).returncode == 0


def test_twin_the_limits_of_the_process_hold_where_the_scan_is_blind():
    tight = replace(LIMITS, memory_bytes=30 * 1024 * 1024)
    assert refusals(xlsx(persons(20_000)), tight) != []
    assert refusals(xlsx(persons(20_000))) == []


def test_twin_a_parser_alone_would_take_the_value_that_a_formula_once_showed():
    content = xlsx((HEADER, GOOD), lambda book, sheet: sheet.write_formula(1, 0, '="测"&"试"', None, "测试"))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    assert sheet.to_python()[1][0] == "测试"


def test_twin_the_stated_size_alone_would_be_believed():
    content = with_wrong_size(xlsx(), SHEET, 100)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.getinfo(SHEET).file_size == 100
    with pytest.raises(RefusedError, match="not_a_valid_workbook"):
        list(Container(content, LIMITS).pieces(SHEET))


def test_twin_a_parser_alone_would_follow_entities():
    declared = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
    assert ElementTree.fromstring(declared).text == "a" * 16


def test_twin_without_the_count_ten_thousand_entries_would_be_listed():
    content = rezipped(xlsx(), {f"xl/media/{n}.png": b"" for n in range(10_000)})
    assert len(Container(content, replace(LIMITS, entries=20_000)).parts) > 10_000


def test_a_process_that_takes_too_long_is_ended():
    assert refusals(xlsx(persons(2000)), replace(LIMITS, wait_seconds=0.001)) == ["too_slow"]


def test_the_reading_leaves_no_process_and_no_file_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with read_workbook(xlsx(persons(3000))) as reading:
        next(reading.chunks())
    assert reading._child.poll() is not None
    assert list(tmp_path.iterdir()) == []


MEASURE = """
import resource
from registration.sheets.reading import FileRefusedError, read_workbook
try:
    read_workbook(open(sys.argv[1], "rb").read())
except FileRefusedError as error:
    own = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
    print(error, own + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


HEAVY = ["a cell of 40 MB", "a long cell of noise", "the farthest cell", "10,000 entries"]
HEAVY += ["one endless text in many cells"]


@pytest.mark.parametrize("name", HEAVY)
def test_hostile_files_stay_within_memory(name, tmp_path):
    make, code = REFUSED[name]
    (tmp_path / "file").write_bytes(make())
    told, kilobytes = python(MEASURE, str(tmp_path / "file"), text=True).stdout.split()
    assert (told, int(kilobytes) <= 300 * 1024) == (code, True)


@pytest.mark.parametrize("name", ["an entity from a server", "a sheet outside the file"])
def test_no_connection_is_made(name):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = b"http://127.0.0.1:%d/" % server.getsockname()[1]
        content = REFUSED[name][0]()
        for part in (SHEET, "xl/_rels/workbook.xml.rels"):
            if b"http://127.0.0.1:9/" in sheet_of(content, part):
                content = edited(content, b"http://127.0.0.1:9/", address, name=part)
        refusals(content)
        server.settimeout(0.05)
        with pytest.raises(TimeoutError):
            server.accept()


def python(script, *arguments, **options):
    """Run a few lines as the child is run."""
    command = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {ROOT!r}); {script}", *arguments]
    return subprocess.run(command, capture_output=True, check=False, **options)


def test_the_child_can_write_no_file(tmp_path):
    held = "from registration.sheets import child; child._hold_to(child.Limits()); import os; "
    write = "os.write(os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY), b'x')"
    assert python(held + write, str(tmp_path / "held")).returncode != 0
    assert python("import os; " + write, str(tmp_path / "free")).returncode == 0
    assert (tmp_path / "held").read_bytes() == b""


def test_the_child_is_told_nothing_of_the_product():
    with read_workbook(xlsx(persons(3000))) as reading:
        assert Path(f"/proc/{reading._child.pid}/environ").read_bytes() == b"LANG=C.UTF-8\0"
    loaded = "import registration.sheets.child, registration.sheets.workbook, registration.sheets.texts; "
    done = python(loaded + "print([n for n in sys.modules if n.startswith(('django', 'kupasi', 'celery'))])", text=True)
    assert done.stdout.strip() == "[]"


def test_a_refusal_repeats_nothing_of_the_file():
    with pytest.raises(FileRefusedError) as caught:
        read(xlsx((("张三", "310104199003070122"),)))
    assert "310104" not in str([one.as_dict() for one in caught.value.findings])


def test_hidden_rows_and_other_sheets_are_told_and_every_row_is_read():
    def spoil(book, sheet):
        sheet.set_row(2, None, None, {"hidden": True})
        book.add_worksheet("其他人").write_row(0, 0, HEADER)
        book.add_worksheet("备用").hide()
        book.add_worksheet("Sheet3")

    content = xlsx(persons(3), spoil)
    assert len(read(content)) == 3
    assert warnings(content) == ["other_sheet", "hidden_sheet", "hidden_rows"]


def test_links_to_other_files_are_told_and_not_opened():
    content = rezipped(xlsx(), {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"})
    assert (names(content), warnings(content)) == (["测试甲"], ["external_links"])

"""Text files (CSV, also with tabs or semicolons) in the child process: encoding found, records handed on."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator

from .limits import MEBIBYTE, Limits, RefusedError

UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
BLANKS = 10  # times the rows allowed: more lines than that are refused even where nothing stands in them
END_OF_FILE = b"\x1a"  # what programs of old put behind the last line
HEADER_WITHIN, SEEN_FROM = 10, 3  # lines; signs between the words of a header
DELIMITERS = (",", "\t", ";", "，")
MARKUP = (
    b"<",  # HTML and XML in whatever dress: no list begins so
    b"mime-version:",
    b"%!ps",
    b"%pdf",
    b"{\\rtf",
    b"rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"\x89png",
    b"\xff\xd8\xff",
    b"gif8",
    b"ii*\0",
    b"mm\0*",
    b"riff",
    b"mz\x90",
    b"\x7felf",
    b"bzh",
    b"\xfd7zxz",
    b"sqlite format",
)


def decode(content: bytes) -> tuple[io.TextIOBase, str]:
    """The text and the name of its encoding: UTF-8 with or without mark, UTF-16 with its mark, otherwise GB18030.

    Refuses with `encoding` what is none of them, and with `control_characters` a text with NUL.
    """
    if content[:200].removeprefix(codecs.BOM_UTF8).lstrip().lower().startswith(MARKUP):
        raise RefusedError("not_a_valid_workbook")
    content = content.rstrip(END_OF_FILE)
    encoding = _encoding(content)
    if not encoding.startswith("utf-16") and b"\0" in content:
        raise RefusedError("control_characters", row=content[: content.index(b"\0")].count(b"\n") + 1)
    text = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline="")
    if encoding == "utf-16" and text.read(200).lstrip().startswith("<"):
        raise RefusedError("not_a_valid_workbook")
    text.seek(0)
    return text, encoding


def _encoding(content: bytes) -> str:
    if content.startswith(UTF32):
        raise RefusedError("encoding")
    if content.startswith(UTF16):
        return _fitting(content, "utf-16")
    try:
        return _fitting(content, "utf-8-sig")
    except RefusedError:
        return _fitting(content, "gb18030")


def _fitting(content: bytes, encoding: str) -> str:
    """The encoding, if every byte of the file is right in it."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        for at in range(0, len(content), MEBIBYTE):
            decoder.decode(content[at : at + MEBIBYTE])
        decoder.decode(b"", final=True)
    except UnicodeError as error:
        raise RefusedError("encoding") from error
    return encoding


def records(text: io.TextIOBase, limits: Limits) -> Iterator[list[str]]:
    """Records in order, an empty line as an empty record; a record counts as one row however many lines it has.

    Refuses with field_too_long, quotes (a quote that is not closed or stands inside a word), too_many_rows.
    """
    csv.field_size_limit(limits.cell_chars)
    reader = csv.reader(text, delimiter=_delimiter(text), strict=True)
    done = 0
    try:
        for record in reader:
            if len(record) > limits.columns:
                raise RefusedError("too_many_columns_or_rows", rows=limits.rows)
            yield record
            done += 1
    except csv.Error as error:
        code = "field_too_long" if "field larger" in str(error) else "quotes"
        raise RefusedError(code, row=done + 1) from error


def last_record(text: io.TextIOBase, limits: Limits) -> int:
    """The number of the last record that is not empty; the whole text is in order as far as that can be seen."""
    last, most = 0, limits.rows + limits.rows_above
    for number, record in enumerate(records(text, limits), start=1):
        if any(record):
            last = number
        if last > most or number > BLANKS * most:
            raise RefusedError("too_many_rows" if last > most else "too_many_columns_or_rows", rows=limits.rows)
    text.seek(0)
    return last


def _delimiter(text: io.TextIOBase) -> str:
    """The sign that parts the words of the first line that may be a header; a title above it may hold any."""
    start = text.read(8192)
    text.seek(0)
    lines = [line for line in start.splitlines()[:HEADER_WITHIN] if line.strip()]
    first = next((line for line in lines if max(map(line.count, DELIMITERS)) >= SEEN_FROM), "".join(lines[:1]))
    return max(DELIMITERS, key=first.count)

"""The header of a roster: which column is which, whatever their order; presets for files of other systems."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from .cells import Cell, FileFinding, FileRefusedError, Formula
from .enums import REQUIRED, Column
from .file_words import refusal, warning

SEEN_FROM = 3  # known names that make a row a header
LONGEST_SHOWN = 20
# Spaces, stars and colons; signs that nobody sees, since a refusal could not show what is wrong; (必填).
TRIMMED = re.compile(r"[\s\u3000\u00a0*＊:：\u00ad\u200b-\u200f\u2060\ufeff]+|[(（](?:必填|选填|可选)[)）]")
HINT = re.compile(r"[(（\[【].*")
DIGITS = re.compile("[0-9]{5,}")
OWN = "问题（系统填写）"  # the column of sentences in the marked workbook
ALSO = {
    Column.NAME: ("学员姓名", "学生姓名", "人员姓名"),
    Column.DOCUMENT_KIND: ("证件种类", "证件名称"),
    Column.NUMBER: ("证件号", "身份证号", "身份证号码", "身份证件号码"),
    Column.EDUCATION: ("学历",),
    Column.PHONE: ("手机号", "手机号码", "联系电话", "移动电话", "联系方式", "电话"),
    Column.EMPLOYER: ("单位", "单位名称", "学校", "工作单位或学校"),
    Column.CLASS_NAME: ("班级名称", "班别"),
    Column.OCCUPATION: ("职业", "申报项目", "职业名称"),
    Column.EXAM_KIND: ("考试类型", "申报类型"),
    Column.SUBJECTS: ("科目", "申报科目", "考试科目"),
    Column.BIRTH_DATE: ("出生年月日", "生日"),
}


@dataclass(frozen=True, slots=True)
class Preset:
    """A header of another system as data: its names for our columns, its codes, and what its files leave out.

    `columns` maps their header to our column; `values` maps, by our column, their code to our word; `constants` are
    words for columns that their file does not have.
    """

    columns: Mapping[str, Column] = field(default_factory=dict)
    values: Mapping[Column, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[Column, str] = field(default_factory=dict)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Preset:
        """From the JSON that staff edit: {"columns": {"XM": "name"}, "values": {"sex": {"1": "男"}}, "constants": {}}.

        Columns may be given by code or by our header. ValueError names what is not understood.
        """
        return cls(
            {str(theirs): _column(ours) for theirs, ours in _mapping(data, "columns").items()},
            {_column(ours): {str(a): str(b) for a, b in _mapping(codes, "").items()}
             for ours, codes in _mapping(data, "values").items()},
            {_column(ours): str(word) for ours, word in _mapping(data, "constants").items()},
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Header:
    """Where each column stands (0 = first), in which line the header is, how wide it is, and what to tell."""

    line: int
    width: int
    places: Mapping[Column, int]
    findings: tuple[FileFinding, ...]


def find_header(rows: Sequence[Sequence[Cell]], *, first_line: int, preset: Preset) -> Header:
    """The header among the first rows: the one with most known names.

    Raises FileRefusedError with header_missing, header_unknown (with the nearest name), column_missing, column_twice.
    Columns that are not known, optional ones that are absent, and rows above the header are told as warnings.
    """
    names = known_names(preset)
    counts = [sum(plain_header(cell) in names for cell in row) for row in rows]
    best = max(range(len(counts)), key=counts.__getitem__, default=0)
    if not counts or counts[best] == 0:
        raise FileRefusedError(refusal("header_missing"))
    places, extra = _placed(rows[best], names)
    missing = [column for column in Column if column not in (*places, *preset.constants, Column.ROW_ID)]
    refusals = _unknown(extra, missing) if counts[best] >= SEEN_FROM else [refusal("header_missing")]
    refusals = [one for one in refusals if one] if any(column in REQUIRED for column in missing) else []
    if refusals:
        raise FileRefusedError(*refusals)
    titles = sum(any(cell not in (None, "") for cell in row) for row in rows[:best])
    findings = [warning("title_rows", {"count": titles})] if titles else []
    findings += [warning("column_ignored", {"column": _shown(text)}) for text in extra]
    findings += [warning("column_absent", {"column": column.label}) for column in missing]
    return Header(first_line + best, _width(rows[best]), places, tuple(findings))


def out_of_sight(header: Header, about: Mapping[str, Any]) -> Iterator[FileFinding]:
    """What a reader of the sheet sees otherwise than it is read: merged cells below the header, hidden columns."""
    first = about.get("first_column", 1)
    known = {place + first: column for column, place in header.places.items() if column is not Column.ROW_ID}
    merged = [top for top, left, bottom, right in about.get("merged", ())
              if bottom > header.line and any(left <= at <= right for at in known)]  # fmt: skip
    if merged:
        yield warning("merged_cells", {"count": len(merged), "row": max(min(merged), header.line)})
    for at, column in known.items():
        if any(left <= at <= right for left, right in about.get("hidden", ())):
            yield warning("hidden_columns", {"column": column.label})


def known_names(preset: Preset) -> dict[str, Column]:
    """Every header that is understood; the preset's names win over ours."""
    names = {plain_header(column.label): column for column in Column}
    names |= {plain_header(text): column for column, texts in ALSO.items() for text in texts}
    return names | {plain_header(text): column for text, column in preset.columns.items()}


def plain_header(cell: Cell) -> str:
    """A header without spaces, stars, colons and (必填); look-alike characters stay, so that they are noticed."""
    return TRIMMED.sub("", cell).casefold() if isinstance(cell, str) else ""


def _placed(row: Sequence[Cell], names: Mapping[str, Column]) -> tuple[dict[Column, int], list[str]]:
    places: dict[Column, int] = {}
    extra = []
    for at, cell in enumerate(row):
        text = plain_header(cell)
        column = names.get(text)
        if column in places:
            raise FileRefusedError(refusal("column_twice", {"column": column.label}))
        if column:
            places[column] = at
        elif text != OWN and cell not in (None, "") and (text or not isinstance(cell, str)):
            extra.append(_as_seen(cell))
    return places, extra


def _as_seen(cell: Cell) -> str:
    """A header as a person would name it."""
    if isinstance(cell, Formula):
        return "（公式）"
    return f"{cell:g}" if isinstance(cell, float) else " ".join(str(cell).split())


def _unknown(extra: Sequence[str], missing: Sequence[Column]) -> list[FileFinding]:
    """For each required column that is missing: the header that was probably meant, or that there is none."""
    found = []
    for column in (one for one in missing if one in REQUIRED):
        folded = {HINT.sub("", unicodedata.normalize("NFKC", plain_header(text))): text for text in extra}
        near = get_close_matches(column.label, folded, n=1, cutoff=0.5)
        if near:
            found.append(refusal("header_unknown", {"given": _shown(folded[near[0]]), "near": column.label}))
        else:
            found.append(refusal("column_missing", {"column": column.label}))
    return found


def _shown(text: str) -> str:
    """A header as it may be shown: short, and never a number that could belong to a person."""
    return DIGITS.sub("…", text)[:LONGEST_SHOWN]


def _width(row: Sequence[Cell]) -> int:
    return max((at for at, cell in enumerate(row, start=1) if cell not in (None, "")), default=0)


def _column(name: object) -> Column:
    for column in Column:
        if name in (column.value, column.label):
            return column
    raise ValueError(f"没有“{str(name)[:LONGEST_SHOWN]}”这一列。")


def _mapping(data: object, name: str) -> Mapping[str, Any]:
    part = data.get(name, {}) if name and isinstance(data, Mapping) else data
    if not isinstance(part, Mapping):
        raise ValueError("对应关系应写成“名称: 名称”的形式。")
    return part

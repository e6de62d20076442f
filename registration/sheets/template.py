"""The workbook that an institution downloads for one window: roster, instructions, lists, and whose it is."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, repeat

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from exams.enums import EntryKind
from kupasi.people.enums import DocumentKind, Education, Sex
from kupasi.people.rules import check_character
from registration.rules.roster_types import RowValues, Vocabulary

from .enums import REQUIRED, Column
from .layout import GUIDES, OPTIONS, SHOWN, Formats, formats, writable, write_header, write_meta
from .workbook import META_SHEET, ROSTER_SHEET

GUIDE_SHEET, LIST_SHEET = "填写说明", "选项"
READY_ROWS = 500  # rows with an id, for people yet to be filled in
CHECKED_ROWS = 5000  # rows with drop-downs
AS_TEXT = (Column.NUMBER, Column.PHONE)
STEPS = (
    "在“名单”工作表中逐行填写，一人一行；同一人申报两个职业的，写两行。",
    "底色较深的列必须填写；列的先后可以调换，但不要改动表头文字。",
    "证件号码、手机都是文本。从其他表格复制时，请选择“只粘贴值”。",
    "表格右侧有一列隐藏的行标识，用来认出同一行的修改，请勿删改；整行复制也没有关系。",
    "填好后在“团体申报”页面上传。有问题的格子会标红退回，改好再传，原来的名单在您确认前不会变动。",
)
SAMPLE_BODY = "31010419900307" + "000"  # the order number 000 is given to nobody


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """A row that is already known: its id, and its texts by column."""

    row_id: str
    texts: Mapping[Column, str] = field(default_factory=dict)


def write_template(
    *,
    institution: str,
    window: str,
    vocabulary: Vocabulary,
    meta: Mapping[str, str],
    rows: Iterable[TemplateRow] = (),
    new_id: Callable[[], str] = lambda: secrets.token_hex(8),
) -> bytes:
    """The workbook as bytes.

    `institution` and `window` are words for people ("2025-05-16 至 2025-06-15，评价月 2025 年 7 月"); `meta` is what
    the hidden sheet says of them and comes back as `Reading.meta`: the caller decides what to trust in it. `rows` are
    people who stand in the roster beforehand; READY_ROWS empty rows with new ids follow.
    """
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {**OPTIONS, "in_memory": True}) as book:
        kinds = formats(book)
        roster = book.add_worksheet(ROSTER_SHEET)
        guide = book.add_worksheet(GUIDE_SHEET)
        lists = book.add_worksheet(LIST_SHEET)
        write_header(roster, kinds, line=1)
        _write_rows(roster, kinds, rows, new_id)
        _add_checks(roster, lists, vocabulary)
        _write_guide(guide, kinds, institution, window, vocabulary)
        write_meta(book, META_SHEET, dict(meta))
        roster.activate()
    return out.getvalue()


def texts_of(values: RowValues, vocabulary: Vocabulary) -> dict[Column, str]:
    """Stored values in the words that people write; what is empty is left out."""
    occupation = next((one for one in vocabulary.occupations if one.code == values.occupation), None)
    subjects = [one for one in occupation.subjects if one.code in values.subjects] if occupation else []
    whole = bool(occupation) and len(subjects) == len(occupation.subjects if occupation else ())
    texts = {
        Column.NAME: values.name,
        Column.DOCUMENT_KIND: DocumentKind(values.document_kind).label if values.document_kind else "",
        Column.NUMBER: values.number,
        Column.SEX: Sex(values.sex).label if values.sex else "",
        Column.BIRTH_DATE: values.birth_date.isoformat() if values.birth_date else "",
        Column.EDUCATION: Education(values.education).label if values.education else "",
        Column.PHONE: values.phone,
        Column.EMPLOYER: values.employer,
        Column.CLASS_NAME: values.class_name,
        Column.OCCUPATION: occupation.names[0] if occupation else "",
        Column.EXAM_KIND: EntryKind(values.exam_kind).label if values.exam_kind else "",
        Column.SUBJECTS: "全部" if whole else "、".join(one.names[0] for one in subjects),
        Column.NOTE: values.note,
    }
    return {column: text for column, text in texts.items() if text}


def list_words(vocabulary: Vocabulary) -> dict[Column, list[str]]:
    """The words of every drop-down; subjects of all occupations, each once, after 全部."""
    subjects = dict.fromkeys(subject.names[0] for one in vocabulary.occupations for subject in one.subjects)
    return {
        Column.DOCUMENT_KIND: [kind.label for kind in DocumentKind],
        Column.SEX: [sex.label for sex in Sex],
        Column.EDUCATION: [one.label for one in Education],
        Column.OCCUPATION: [one.names[0] for one in vocabulary.occupations],
        Column.EXAM_KIND: [kind.label for kind in EntryKind],
        Column.SUBJECTS: ["全部", *subjects],
    }


def _write_rows(sheet: Worksheet, kinds: Formats, rows: Iterable[TemplateRow], new_id: Callable[[], str]) -> None:
    empty = (TemplateRow(new_id()) for _ in repeat(None))
    for line, row in enumerate(chain(rows, islice(empty, READY_ROWS)), start=1):
        for column, text in row.texts.items():
            if column in GUIDES and text:
                sheet.write_string(line, SHOWN.index(column), writable(text), kinds.text)
        sheet.write_string(line, len(SHOWN), row.row_id, kinds.text)
    sheet.freeze_panes(1, 1)


def _add_checks(sheet: Worksheet, lists: Worksheet, vocabulary: Vocabulary) -> None:
    """Drop-downs that take their words from a hidden sheet, and a warning where text turns into a number."""
    for at, (column, words) in enumerate(list_words(vocabulary).items()):
        lists.write_column(0, at, [column.label, *words])
        letter, place = xl_col_to_name(at), SHOWN.index(column)
        check = {"validate": "list", "source": f"='{LIST_SHEET}'!${letter}$2:${letter}${len(words) + 1}"}
        if column is Column.SUBJECTS:  # several subjects may stand in one cell
            check["error_type"] = "information"
        sheet.data_validation(1, place, CHECKED_ROWS, place, check | _told(column))
    for column in AS_TEXT:
        place = SHOWN.index(column)
        check = {"validate": "custom", "value": f"=ISTEXT({xl_col_to_name(place)}2)", "error_type": "warning"}
        sheet.data_validation(1, place, CHECKED_ROWS, place, check | _told(column))
    lists.hide()


def _told(column: Column) -> dict[str, str]:
    return {
        "input_title": column.label,
        "input_message": GUIDES[column].words,
        "error_title": column.label,
        "error_message": GUIDES[column].words,
    }


def _write_guide(sheet: Worksheet, kinds: Formats, institution: str, window: str, vocabulary: Vocabulary) -> None:
    sheet.set_column(0, 0, 16, kinds.text)
    sheet.set_column(1, 1, 10, kinds.text)
    sheet.set_column(2, 2, 90, kinds.wrapped)
    sheet.write_string(0, 0, "团体申报名单填写说明", kinds.title)
    lines: list[Sequence[str]] = [("机构", "", institution), ("申报时间段", "", window), ()]
    lines += [(f"第 {number} 步", "", step) for number, step in enumerate(STEPS, start=1)]
    lines += [(), ("列名", "必填", "怎样填写")]
    lines += [(column.label, "必填" if column in REQUIRED else "", GUIDES[column].words) for column in SHOWN]
    lines += [(), ("样例（虚构）", "", "以下内容只说明写法，不会被读取。")]
    lines += [(column.label, "", text) for column, text in sample_texts(vocabulary).items()]
    for line, words in enumerate(lines, start=2):
        for at, text in enumerate(words):
            sheet.write_string(line, at, writable(text), kinds.wrapped if at == 2 else kinds.text)
    sheet.protect()


def sample_texts(vocabulary: Vocabulary) -> dict[Column, str]:
    """A made-up row that is right in every column."""
    occupation = vocabulary.occupations[0].names[0] if vocabulary.occupations else ""
    person = ["样例甲", "居民身份证", SAMPLE_BODY + check_character(SAMPLE_BODY), "女", "1990-03-07", "本科"]
    return dict(
        zip(SHOWN, [*person, "19900000000", "样例学校", "2301 班", occupation, "新考", "全部", ""], strict=True)
    )

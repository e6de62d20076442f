"""What people are told about a cell: one sentence, what to do, and its clause, by code. Never personal data."""

from __future__ import annotations

from typing import NamedTuple

from kupasi.dates import birthday
from kupasi.refusals import RefusalFact
from registration.rules.roster_types import Finding, RowValues
from registration.sheets.enums import Column, Level


class Words(NamedTuple):
    """What is wrong, and what to do."""

    message: str
    fix: str
    clause: str = "通知 二(二)"


AS_TEXT = "请先把该列设为“文本”格式，再对照证件重新输入；或从本系统下载的模板重新填写。"
SENTENCES = {
    "required": Words("“{column}”没有填写。", "请补填。"),
    "formula_not_accepted": Words(
        "“{column}”里是公式或以公式符号开头。", "请改为直接填写的文字（复制后选择“只粘贴值”）。"
    ),
    "cell_error": Words(
        "“{column}”里是电子表格的出错标记（如 #N/A、####），原来的内容已经不在。", "请填写原来的内容，不要用公式。"
    ),
    "number_damaged": Words(
        "“{column}”被电子表格当成数值保存，开头的 0 或末尾几位已经丢失，无法还原。", AS_TEXT, "须知 一"
    ),
    "number_maybe_damaged": Words(
        "证件号码以 000 结尾：被电子表格当成数值保存过的号码也是这样，末三位可能已经不是原来的。",
        "请对照证件核对末三位；确实如此的，无需改动。",
        "须知 一",
    ),
    "number_not_text": Words("“{column}”是数值而不是文本，无法确认是否丢过开头的 0 或末尾几位。", AS_TEXT, "须知 一"),
    "date_damaged": Words(
        "“出生日期”只剩电子表格的天数序号，不能确定原来是哪一天。", "请按证件重新填写，如 1990-03-07。", "须知 一"
    ),
    "bad_date": Words("“出生日期”不是能识别的日期。", "请按证件填写四位年、月、日，如 1990-03-07。", "须知 一"),
    "changed_by_excel": Words(
        "“{column}”被电子表格改成了日期或逻辑值，原来的文字已经丢失。", "请设为“文本”格式后重新填写。"
    ),
    "number_as_text": Words("“{column}”是数值，已按数字原样读取为文字。", "请核对读取结果。"),
    "unknown_sex": Words("“性别”只能是男或女。", "请从下拉列表中选择。"),
    "unknown_education": Words("“文化程度”不在列表中。", "请从下拉列表中选择。"),
    "unknown_occupation": Words("没有这个可申报的职业。", "请从下拉列表中选择。", "通知 一"),
    "unknown_exam_kind": Words("“考核类型”只能是新考或补考。", "请从下拉列表中选择。", "通知 四(一)"),
    "unknown_subject": Words(
        "“考核科目”中有不认识的科目。", "请填“全部”，或该职业的科目名称，以顿号分隔。", "通知 二(四)"
    ),
    "subject_duplicate": Words("“考核科目”中同一科目写了两次。", "每个科目只写一次。", "通知 二(四)"),
    "subjects_incomplete": Words(
        "新考须报考全部科目。", "请改填“全部”；只考部分科目的，考核类型选补考。", "通知 四(一)"
    ),
    "bad_character": Words("“{column}”中有控制符号或改变文字方向的符号。", "请删去后重新填写。"),
    "too_long": Words("“{column}”过长。", "请缩短后重新填写。"),
    "too_young": Words(
        "该人员申报当日未满 {age} 周岁。", "请核对出生日期；确未满的，请在其生日当日或以后申报。", "通知 二(一)"
    ),
    "ragged_row": Words("本行的格数与表头不一致，内容可能错位。", "请检查本行是否多了或少了分隔符、引号。"),
    "duplicate_row": Words("同一人在本表中对同一职业申报了不止一次。", "请只保留其中一行。", "通知 二(二)"),
    "duplicate_conflict": Words(
        "同一证件号码在本表中对应不同的姓名或出生日期。", "请对照证件，改正有误的一行。", "须知 一"
    ),
    "phone_shared": Words(
        "同一手机号被本表中过多的人使用。", "请填写每个人自己的手机号，通知和本人查询都要用到。", "通知 二(五)"
    ),
    "row_id_repeated": Words("本行的标识与另一行相同，可能是整行复制而来，将按新的一行处理。", "无需处理。"),
}
FIXES = {
    "bad_length": "请对照证件补齐或删去多余的字符。",
    "bad_character": "请对照证件逐位核对，注意字母 O 与数字 0、字母 l 与数字 1。",
    "bad_checksum": "请对照证件逐位核对后改正。",
    "old_number": "请填写第二代证件上的 18 位号码。",
    "bad_area": "请核对证件类型和号码开头两位。",
    "bad_birth_date": "请对照证件核对第 7 至 14 位和出生日期。",
    "birth_date_mismatch": "请对照证件，改正号码或出生日期中有误的一项。",
    "sex_mismatch": "请对照证件，改正号码或性别中有误的一项。",
    "kind_mismatch": "请改选正确的证件类型。",
    "unknown_kind": "请从下拉列表中选择证件类型。",
    "name_chars": "请按证件填写，间隔号用“·”，删去数字、符号和换行。",
    "name_length": "请按证件填写姓名全称。",
    "phone_format": "请填写 11 位手机号码。",
}


def finding(column: Column, code: str, *, level: Level = Level.ERROR, **parts: object) -> Finding:
    """A finding in the words of the table; `parts` fill the sentence (never with what somebody typed)."""
    words = SENTENCES[code]
    message = words.message.format(column=column.label, **parts)
    return Finding(column, code, message, words.fix, words.clause, level)


def from_refusal(column: Column, fact: RefusalFact) -> Finding:
    """What another rule refuses, as a finding about a cell."""
    return Finding(column, fact.code, fact.message, FIXES.get(fact.code, ""), fact.clause)


def shown_sentence(one: Finding, values: RowValues) -> str:
    """The whole sentence for those who may see the row: with the first possible day, fixes, and other rows.

    What it adds says something about a person, so it is made when it is shown and never stored with the finding.
    """
    parts = [one.message] if "请" in one.message else [one.message, one.fix]
    if one.years and values.birth_date:
        parts.append(f"最早可申报日期：{birthday(values.birth_date, one.years)}。")
    if one.fixes:
        parts.append(f"与所填出生日期、性别相符的改法（请对照证件选择）：{'；'.join(fix.words for fix in one.fixes)}。")
    if one.lines:
        parts.append(f"另见第 {'、'.join(map(str, one.lines))} 行。")
    return "".join(parts)

"""What people are told about a file: one sentence each, with what to do next, by code."""

from __future__ import annotations

from collections.abc import Mapping

from .cells import FileFinding
from .enums import Level

SAVE_AGAIN = "请用电子表格软件打开后，另存为“Excel 工作簿（.xlsx）”再上传。"
REFUSED = {
    "too_big": "文件超过 {megabytes} MB。请删去图片、空行等无关内容，或按班级拆成几个文件上传。",
    "empty": "文件里没有内容。请确认选对了文件，名单应在第一张工作表中。",
    "no_rows": "文件只有表头，没有人员。请填写后再上传。",
    "too_many_rows": "名单超过 {rows} 行。请拆成几个文件分别上传。",
    "too_many_columns_or_rows": (
        "工作表的范围过大（行数或列数超限），常见原因是很远的格子里有多余内容。请只保留名单部分，或复制到新模板后上传。"
    ),
    "too_many_entries": "文件内部的部件过多，不像是名单。" + SAVE_AGAIN,
    "too_big_unpacked": "文件展开后过大，不像是名单。请只保留名单部分，复制到新模板后上传。",
    "not_a_valid_workbook": "这个文件不是完好的电子表格。" + SAVE_AGAIN,
    "odd_names": "文件内部的名称不正常，不能接受。" + SAVE_AGAIN,
    "macro_not_accepted": "文件里带有宏，不能接受。" + SAVE_AGAIN,
    "encrypted": "文件设了打开密码，无法读取。请取消密码后再上传。",
    "formula_not_accepted": (
        "表中公式过多（{count} 处，最前在第 {row} 行）。名单只接受直接填写的内容：请全选复制，“只粘贴值”后再上传。"
    ),
    "cell_errors": (
        "表中出错的格子过多（{count} 处，如 #N/A），最前在第 {row} 行。请改正这些公式，“只粘贴值”后再上传。"
    ),
    "field_too_long": "有一格的内容过长（第 {row} 行附近），可能是引号没有成对。请检查后再上传。",
    "quotes": "第 {row} 行的引号没有成对，后面的内容无法分清。请检查后再上传。",
    "encoding": "认不出文件的文字编码。请另存为“CSV UTF-8”或 .xlsx 后再上传。",
    "control_characters": "第 {row} 行有不可见的控制字符，文件可能已损坏。请重新导出，或另存为 .xlsx 后再上传。",
    "too_slow": "文件过于复杂，没能在规定时间内读完。请只保留名单部分，复制到新模板后上传。",
    "header_missing": "没有找到表头。请在第一行写明列名，或从本系统下载模板。",
    "header_unknown": "表头“{given}”不是规定的列名，是否指“{near}”？请改正后再上传。",
    "column_missing": "缺少必需的列“{column}”。请补上这一列，或从本系统下载模板。",
    "column_twice": "表头“{column}”出现了两次，无法确定以哪一列为准。请只保留一列。",
    "rows_lost": "读取中途出错，没有读完整个文件，因此全部不计。请再次上传；仍不行时另存为 .xlsx 后上传。",
}
TOLD = {
    "hidden_rows": "表中有 {count} 行被隐藏或筛选掉，它们同样会被读取，请确认。",
    "hidden_columns": "列“{column}”被隐藏了，它同样会被读取，请确认。",
    "merged_cells": (
        "名单中有 {count} 处合并的单元格（最前在第 {row} 行）：只有左上角一格有内容，其余按未填写处理。"
        "请取消合并、逐行填写后再上传。"
    ),
    "rows_passed_over": (
        "有 {count} 行只在不读取的列（如序号）里有内容，没有当作人员读取；最前是第 {row} 行，请确认。"
    ),
    "header_repeated": "表头在名单中间又出现了 {count} 次（最前在第 {row} 行），没有当作人员读取。",
    "hidden_sheet": "隐藏的工作表“{sheet}”（{count} 行）没有读取。",
    "other_sheet": "另一张工作表“{sheet}”（{count} 行）没有读取；如有人员，请移到第一张工作表。",
    "external_links": "文件带有指向其他文件的链接，没有打开它们，请确认名单内容是直接填写的。",
    "column_ignored": "列“{column}”不在规定的列中，没有读取。",
    "column_absent": "没有“{column}”这一列，按未填写处理。",
    "title_rows": "表头之前的 {count} 行没有读取。",
}


def refusal(code: str, extra: Mapping[str, str | int] | None = None) -> FileFinding:
    """Why a file is refused; an unknown code from the reader is told as a broken file."""
    known = code if code in REFUSED else "not_a_valid_workbook"
    parts = {"row": 1, "count": 0, "megabytes": 20, "rows": 0} | dict(extra or {})
    row = parts["row"] if extra and "row" in extra else None
    return FileFinding(known, REFUSED[known].format(**parts), Level.ERROR, row if isinstance(row, int) else None, parts)


def warning(code: str, extra: Mapping[str, str | int] | None = None) -> FileFinding:
    """What people should know about a file that is read all the same."""
    parts = {"count": 0} | dict(extra or {})
    return FileFinding(code, TOLD[code].format(**parts), Level.WARNING, extra=parts)

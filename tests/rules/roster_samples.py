"""Made-up rows for the rules of rosters: one right row, and the words it is judged by."""

from __future__ import annotations

from datetime import date
from typing import Any

from kupasi.people.rules import check_character
from registration.rules.roster_rows import judge_row
from registration.rules.roster_types import RowAnswer, RowRules, Vocabulary
from registration.rules.roster_words import occupation_words, subject_words
from registration.sheets.enums import Column, Level

TODAY = date(2026, 3, 1)
SUBJECTS = (subject_words("theory", "理论知识"), subject_words("practical", "操作技能"))
VOCABULARY = Vocabulary(
    tuple(
        occupation_words(code, name, level="专项职业能力", subjects=SUBJECTS)
        for code, name in (("data-annotation", "人工智能数据标注"), ("model-application", "人工智能模型运用"))
    )
)
RULES = RowRules(on=TODAY, vocabulary=VOCABULARY)


def number(area: str = "310104", born: str = "19900307", seq: int = 12) -> str:
    """A made-up 18-character number with its right check character."""
    body = f"{area}{born}{seq:03}"
    return body + check_character(body)


GOOD = number()
WITH_X = next(one for one in (number(seq=seq) for seq in range(1, 100)) if one.endswith("X"))


def wrong(text: str) -> str:
    """The same number with another last character."""
    return text[:-1] + ("1" if text[-1] != "1" else "2")


def cells(**other: Any) -> dict[Column, Any]:
    """The cells of a right row by the names of the columns, some of them replaced (None leaves one out)."""
    plain = {"name": "测试甲", "document_kind": "居民身份证", "number": GOOD, "phone": "19900000001"}
    plain |= {"occupation": "人工智能数据标注", "subjects": "全部"} | other
    return {Column(name): value for name, value in plain.items()}


def judged(rules: RowRules = RULES, **other: Any) -> RowAnswer:
    """The judgement on a right row with some cells replaced."""
    return judge_row(cells(**other), rules=rules)


def errors(answer: RowAnswer) -> list[tuple[str, str]]:
    """Column and code of everything that keeps the row from being taken."""
    return [(one.column.value, one.code) for one in answer.findings if one.level is Level.ERROR]


def notes(answer: RowAnswer) -> list[tuple[str, str]]:
    """Column and code of everything that is only told."""
    return [(one.column.value, one.code) for one in answer.findings if one.level is not Level.ERROR]

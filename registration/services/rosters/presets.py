"""Header presets: what the files of another system mean, written by the office, judged before they are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.db import transaction

from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from registration.models import HeaderPreset
from registration.rules.roster_words import education_named, exam_kind_named, kind_named, sex_named
from registration.sheets.enums import Column
from registration.sheets.header import Preset, plain_header

CLAUSE = "通知 二(二)"
WORDS: Mapping[Column, Callable[[str], object]] = {
    Column.DOCUMENT_KIND: kind_named,
    Column.SEX: sex_named,
    Column.EDUCATION: education_named,
    Column.EXAM_KIND: exam_kind_named,
}


@transaction.atomic
def keep_preset(preset: HeaderPreset, *, by: Act) -> HeaderPreset:
    """Write a preset, new or changed. Refuses with the codes of `judge_preset`."""
    judge_preset({"columns": preset.columns, "values": preset.values, "constants": preset.constants})
    is_new = preset.pk is None
    preset.save()
    parts = {"columns": preset.columns, "values": preset.values, "constants": preset.constants}
    after = {"name": preset.name, "institution": preset.institution_id, "active": preset.is_active, **parts}
    record(by, "header_preset.created" if is_new else "header_preset.changed", preset, after=after)
    return preset


def judge_preset(data: Mapping[str, object]) -> Preset:
    """The preset that these data mean. Refuses with `bad_preset`, `preset_empty`, `preset_twice`, `preset_word`."""
    try:
        preset = Preset.from_data(data)
    except ValueError as error:
        raise Refusal("bad_preset", f"{error}请按工作簿的列名填写。", CLAUSE) from error
    if not (preset.columns or preset.values or preset.constants):
        raise Refusal("preset_empty", "请至少填写一条对应关系。", CLAUSE)
    _refuse_twice(preset)
    words = [(column, word) for column, codes in preset.values.items() for word in codes.values()]
    for column, word in (*words, *preset.constants.items()):
        if not word or (column in WORDS and WORDS[column](word) is None):
            raise Refusal("preset_word", f"“{column.label}”中没有“{word}”这个取值，请按工作簿的下拉选项填写。", CLAUSE)
    return preset


def _refuse_twice(preset: Preset) -> None:
    """One header of theirs for one column of ours, each once; what a file brings is not also fixed."""
    names = [plain_header(theirs) for theirs in preset.columns]
    ours = [*preset.columns.values(), *preset.constants]
    if len(set(names)) < len(names) or len(set(ours)) < len(ours):
        raise Refusal("preset_twice", "同一列对应了两次，请只留一条。", CLAUSE)

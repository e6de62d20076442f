"""Rows whose columns say the same are judged once; what differs in kind or in words is judged for itself (rules 3)."""

from __future__ import annotations

import gc
from dataclasses import replace

import pytest

from kupasi.collecting import without_collecting
from registration.rules.roster_types import Vocabulary
from registration.rules.roster_words import occupation_words
from registration.sheets.cells import Formula

from .roster_samples import RULES, SUBJECTS, errors, judged, notes

SAME = {"class_name": "12", "employer": "样例公司", "education": "本科"}


@pytest.mark.parametrize("other", [12, 12.0, True, Formula()])
def test_a_number_or_formula_is_not_taken_for_the_text_of_the_row_above(other):
    assert notes(judged(**SAME)) == errors(judged(**SAME)) == []
    told = judged(**SAME | {"class_name": other})
    assert [column for column, _ in notes(told) + errors(told)] == ["class_name"]


def test_the_same_mistake_is_told_in_every_row():
    first, second = (errors(judged(education="私塾", occupation="不存在的职业")) for _ in range(2))
    assert first == second == [("occupation", "unknown_occupation"), ("education", "unknown_education")]


def test_the_words_of_one_file_do_not_judge_another():
    assert errors(judged()) == []
    words = occupation_words("model-application", "人工智能模型运用", level="专项职业能力", subjects=SUBJECTS)
    assert errors(judged(replace(RULES, vocabulary=Vocabulary((words,))))) == [("occupation", "unknown_occupation")]


def test_the_collector_runs_again_after_work_that_paused_it():
    with without_collecting(), pytest.raises(ZeroDivisionError), without_collecting():
        _ = 1 / gc.isenabled()
    assert gc.isenabled()

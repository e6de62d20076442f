"""One row of a roster: what is understood, what is refused, what is only told (rules 3; bad inputs RR)."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registration.rules.roster_rows import judge_row
from registration.rules.roster_sentences import SENTENCES, shown_sentence
from registration.rules.roster_types import Finding, RowRules, RowValues
from registration.sheets.cells import Formula
from registration.sheets.enums import Column

from .roster_samples import GOOD, RULES, VOCABULARY, WITH_X, errors, judged, notes, number, wrong

REFUSED = {
    "wrong check character": ({"number": wrong(GOOD)}, ("number", "bad_checksum")),
    "30 February": ({"number": number(born="19900230")}, ("number", "bad_birth_date")),
    "born in 2100": ({"number": number(born="21000101")}, ("number", "bad_birth_date")),
    "no such area": ({"number": number("999999")}, ("number", "bad_area")),
    "fifteen digits": ({"number": "310104900307001"}, ("number", "old_number")),
    "one short of sixteen": ({"number": number(born="20100302")}, ("birth_date", "too_young")),
    "a resident number called passport": (
        {"document_kind": "护照", "sex": "女", "birth_date": "1990-03-07"},
        ("document_kind", "kind_mismatch"),
    ),
    "an officer's card": ({"document_kind": "军官证", "number": "x"}, ("document_kind", "unknown_kind")),
    "another sex": ({"sex": "男"}, ("sex", "sex_mismatch")),
    "another birth date": ({"birth_date": "1990-03-08"}, ("birth_date", "birth_date_mismatch")),
    "an unknown sex": ({"sex": "其他"}, ("sex", "unknown_sex")),
    "two people in one name": ({"name": "张三\n李四"}, ("name", "name_chars")),
    "markup": ({"name": "<script>alert(1)</script>"}, ("name", "name_chars")),
    "a template": ({"name": "{{7*7}}{% debug %}"}, ("name", "name_chars")),
    "right to left": ({"name": "张\u202e三"}, ("name", "name_chars")),
    "a sign in front": ({"name": "-张三"}, ("name", "name_chars")),
    "a formula as text": ({"name": "=1+1"}, ("name", "name_chars")),
    "a NUL": ({"name": "张\x00三"}, ("name", "name_chars")),
    "no name": ({"name": " \u3000"}, ("name", "required")),
    "no number": ({"number": None}, ("number", "required")),
    "a header in the phone": ({"phone": "19900000001\r\nBCC:x"}, ("phone", "phone_format")),
    "a number behind a formula": ({"number": f'="{GOOD}"'}, ("number", "formula_not_accepted")),
    "no phone": ({"phone": ""}, ("phone", "required")),
    "no such occupation": ({"occupation": "不存在的职业"}, ("occupation", "unknown_occupation")),
    "no such subject": ({"subjects": "理论、口试"}, ("subjects", "unknown_subject")),
    "a subject twice": ({"subjects": "理论,理论"}, ("subjects", "subject_duplicate")),
    "a subject twice by two names": ({"subjects": "理论,理论知识"}, ("subjects", "subject_duplicate")),
    "a first exam in one subject": (
        {"subjects": "理论", "exam_kind": "新考"},
        ("subjects", "subjects_incomplete"),
    ),
    "a retake of nothing": ({"subjects": "", "exam_kind": "补考"}, ("subjects", "required")),
    "an unknown kind of exam": ({"exam_kind": "免考"}, ("exam_kind", "unknown_exam_kind")),
    "an unknown education": ({"education": "私塾"}, ("education", "unknown_education")),
    "a hidden sign in a note": ({"note": "无\u202e异议"}, ("note", "bad_character")),
    "a formula as a note": ({"note": "=HYPERLINK(1)"}, ("note", "formula_not_accepted")),
    "a long employer": ({"employer": "厂" * 101}, ("employer", "too_long")),
    "a passport without a birth date": ({"document_kind": "护照", "number": "E12345678", "sex": "女"},
                                        ("birth_date", "required")),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_cell_is_named_with_its_column_and_code(name):
    change, expected = REFUSED[name]
    assert errors(judged(**change)) == [expected]


ACCEPTED = {
    "a small x": ({"number": WITH_X.lower()}, {"number": WITH_X}),
    "a zero-width space": ({"number": f"{GOOD}\u200b"}, {"number": GOOD}),
    "a Cyrillic end": ({"number": f"{WITH_X[:17]}\u0425"}, {"number": WITH_X}),
    "sixteen today": ({"number": number(born="20100301")}, {"birth_date": date(2010, 3, 1)}),
    "born on a leap day": ({"number": number(born="20080229")}, {"birth_date": date(2008, 2, 29)}),
    "a bullet in the name": ({"name": "阿卜杜拉•买买提"}, {"name": "阿卜杜拉·买买提"}),
    "rare characters": ({"name": "㐂𠮷龘"}, {"name": "㐂𠮷龘"}),
    "a phone with its country": ({"phone": "+86 199-0000-0001"}, {"phone": "19900000001"}),
    "the notice's words": ({"occupation": "人工智能模型运用（专项职业能力）"}, {"occupation": "model-application"}),
    "both subjects by name": ({"subjects": "操作技能、理论知识"}, {"subjects": ("theory", "practical")}),
    "one subject without a kind": ({"subjects": "实操"}, {"subjects": ("practical",), "exam_kind": "retake"}),
    "no subject named": ({"subjects": None}, {"subjects": ("theory", "practical"), "exam_kind": "full"}),
    "a usual education": ({"education": "大专"}, {"education": "college"}),
    "a passport": (
        {"document_kind": "护照", "number": "e8765 4321", "sex": "女", "birth_date": "1990/3/7"},
        {"number": "E87654321", "sex": "female", "birth_date": date(1990, 3, 7)},
    ),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_can_only_mean_one_thing_is_understood(name):
    change, expected = ACCEPTED[name]
    answer = judged(**change)
    assert errors(answer) == []
    assert {column: getattr(answer.values, column) for column in expected} == expected


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("number", "".join(chr(ord(char) + 0xFEE0) for char in GOOD)),
        ("number", f"{WITH_X[:17]}\u00d7"),
        ("name", "阿卜杜拉•买买提"),
        ("name", "测　试 甲"),
        ("phone", "".join(chr(ord(char) + 0xFEE0) for char in "19900000001")),
        ("number", f"'{GOOD}"),
        ("number", f"\t{GOOD}"),
        ("phone", "\u201919900000001"),
        ("employer", "测试\u200b学校"),
        ("birth_date", "１９９０-03-07"),
    ],
)
def test_look_alike_signs_are_read_as_plain_ones_and_reported(column, text):
    answer = judged(**{column: text})
    assert (errors(answer), notes(answer)) == ([], [(column, "look_alike")])


def test_a_plain_row_is_told_nothing():
    assert judged().findings == ()


@pytest.mark.parametrize("column", ["name", "number", "sex", "birth_date", "education", "phone", "employer", "note"])
def test_a_formula_is_refused_wherever_it_stands(column):
    assert (column, "formula_not_accepted") in errors(judged(**{column: Formula()}))


@pytest.mark.parametrize("column", ["document_kind", "occupation", "exam_kind", "subjects", "class_name"])
def test_a_formula_is_refused_in_a_list_too(column):
    assert errors(judged(**{column: Formula()})) == [(column, "formula_not_accepted")]


def test_everything_wrong_in_a_row_is_found_at_once():
    answer = judged(name="1", number=wrong(GOOD), phone="1", occupation="x", sex="x")
    assert {code for _, code in errors(answer)} == {
        "name_chars", "bad_checksum", "phone_format", "unknown_occupation", "unknown_sex",
    }  # fmt: skip


def test_a_row_of_another_length_than_its_header_is_refused():
    assert ("name", "ragged_row") in errors(judge_row({}, rules=RULES, misfit=-1))


def test_codes_of_another_system_are_translated_before_they_are_judged():
    codes = {Column.SEX: {"1": "男", "2": "女"}, Column.DOCUMENT_KIND: {"01": "居民身份证"}}
    rules = RowRules(on=RULES.on, vocabulary=VOCABULARY, code_values=codes)
    assert errors(judged(rules, sex=2.0, document_kind="01")) == []
    assert errors(judged(RULES, sex=2.0, document_kind="01")) != []


def test_an_occupation_almost_right_is_answered_with_the_nearest_name():
    assert "人工智能数据标注" in judged(occupation="人工智能数据标住").findings[0].fix


def test_fields_of_the_office_are_no_columns_at_all():
    assert not {"fee", "status", "is_paid", "score", "state"} & {column.value for column in Column}


def test_findings_repeat_nothing_of_a_person():
    answer = judged(
        name="测试甲1", number=wrong(GOOD), birth_date="1990-03-08", phone="199", sex="男", employer="=秘密"
    )
    text = json.dumps([one.as_dict() for one in answer.findings], ensure_ascii=False)
    assert not [secret for secret in (GOOD[:12], "19900307", "1990-03", "测试甲", "秘密") if secret in text]


def test_the_first_possible_day_is_said_only_when_a_row_is_shown():
    answer = judged(number=number(born="20100302"))
    young = answer.findings[0]
    assert "2026-03-02" not in young.message + young.fix
    assert "2026-03-02" in shown_sentence(young, answer.values)


def test_the_first_possible_day_follows_the_age_that_is_set():
    rules = RowRules(on=RULES.on, vocabulary=VOCABULARY, minimum_age=40)
    answer = judged(rules)
    stored = Finding.from_dict(json.loads(json.dumps(answer.findings[0].as_dict())))
    assert "2030-03-07" in shown_sentence(stored, answer.values)


def test_findings_and_values_survive_being_stored():
    answer = judged(number=wrong(GOOD), birth_date="1990-03-07")
    assert [Finding.from_dict(json.loads(json.dumps(one.as_dict()))) for one in answer.findings] == list(
        answer.findings
    )
    assert RowValues.from_dict(json.loads(json.dumps(answer.values.as_dict()))) == answer.values


def test_every_sentence_says_what_to_do():
    assert [code for code, words in SENTENCES.items() if not (words.message and words.fix and words.clause)] == []


ANY = st.one_of(st.none(), st.text(max_size=40), st.integers(), st.floats(), st.booleans(), st.dates(), st.datetimes())


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # building the alphabets takes a while once
@given(st.dictionaries(st.sampled_from(list(Column)), ANY))
def test_no_cell_whatever_it_holds_stops_the_judging(cells):
    answer = judge_row(cells, rules=RULES)
    json.dumps([answer.values.as_dict(), answer.typed, [one.as_dict() for one in answer.findings]])

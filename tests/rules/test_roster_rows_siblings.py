"""Siblings of the sample rows (family RR): the same faults in other dress, each with its code, or its one form."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from kupasi.people.rules import check_character

from .roster_samples import GOOD, errors, judged, notes, number

PASSPORT = {"document_kind": "护照", "number": "E12345678", "sex": "女", "birth_date": "1990-03-07"}
TAIWAN, HONG_KONG = PASSPORT | {"document_kind": "台胞证"}, PASSPORT | {"document_kind": "港澳通行证"}


def whole(body: str) -> str:
    """Seventeen digits with their check character."""
    return body + check_character(body)


ENDS_IN_000 = next(
    one for seq in range(100, 1000, 100) for area in range(101, 120)
    if (one := number(area=f"310{area}", seq=seq)).endswith("000")
)  # fmt: skip

REFUSED: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "a float written out as text": ({"number": f"{GOOD}.0"}, ("number", "number_damaged")),
    "thousands in a number": ({"number": "310,104,199,003,070,122"}, ("number", "number_damaged")),
    "a capital E without its plus": ({"number": "3.10104199003070E17"}, ("number", "number_damaged")),
    "three digits behind the e": ({"number": "3.10104199003070e+017"}, ("number", "number_damaged")),
    "scientific in wide signs": ({"number": "３.１０１０４Ｅ＋１７"}, ("number", "number_damaged")),
    "scientific with a comma": ({"number": "3,10104E+17"}, ("number", "number_damaged")),
    "scientific with a space": ({"number": "3.10104 E+17"}, ("number", "number_damaged")),
    "a number as a date": ({"number": datetime(1990, 3, 7)}, ("number", "number_damaged")),
    "a number as a truth": ({"number": True}, ("number", "number_damaged")),
    "a permit as a number": (TAIWAN | {"number": 12345678}, ("number", "number_not_text")),
    "a number behind its label": ({"number": f"身份证：{GOOD}"}, ("number", "bad_length")),
    "a number with hyphens": ({"number": "310104-19900307-0122"}, ("number", "bad_length")),
    "a letter O for a zero": ({"number": GOOD.replace("0", "O", 1)}, ("number", "bad_character")),
    "Arabic digits": ({"number": "٣١٠١٠٤١٩٩٠٠٣٠٧٠١٢٢"}, ("number", "bad_character")),
    "a masked number": ({"number": "310104********0122"}, ("number", "bad_character")),
    "month nought": ({"number": whole("31010419900007012")}, ("number", "bad_birth_date")),
    "born in 1899": ({"number": whole("31010418991231012")}, ("number", "bad_birth_date")),
    "29 February 1900, which was none": ({"number": whole("31010419000229012")}, ("number", "bad_birth_date")),
    "Hong Kong's area under a resident's card": ({"number": number(area="810000")}, ("number", "bad_area")),
    "a permit of nine digits": (HONG_KONG | {"number": "H123456780"}, ("number", "bad_length")),
    "a permit with too few": ({**PASSPORT, "document_kind": "台胞证", "number": "1234567"}, ("number", "bad_length")),
    "a passport of 21 signs": ({**PASSPORT, "number": "E" * 21}, ("number", "bad_length")),
    "a passport with a slash": ({**PASSPORT, "number": "E/12345678"}, ("number", "bad_character")),
    "a passport without a birth date": ({**PASSPORT, "birth_date": ""}, ("birth_date", "required")),
    "sixteen tomorrow, by the column": ({**PASSPORT, "birth_date": "2010-03-02"}, ("birth_date", "too_young")),
    "born today": ({**PASSPORT, "birth_date": "2026-03-01"}, ("birth_date", "too_young")),
    "born tomorrow": ({**PASSPORT, "birth_date": "2026-03-02"}, ("birth_date", "bad_birth_date")),
    "older than anybody": ({**PASSPORT, "birth_date": "1899-12-31"}, ("birth_date", "bad_birth_date")),
    "a temporary paper": ({"document_kind": "户口簿"}, ("document_kind", "unknown_kind")),
    "an American date": ({"birth_date": "3/7/1990"}, ("birth_date", "bad_date")),
    "a year of two digits": ({"birth_date": "90-03-07"}, ("birth_date", "bad_date")),
    "a year of the Republic": ({"birth_date": "民国79年3月7日"}, ("birth_date", "bad_date")),
    "a date in hanzi": ({"birth_date": "一九九〇年三月七日"}, ("birth_date", "bad_date")),
    "29 February of a common year": ({"birth_date": "1990-02-29"}, ("birth_date", "bad_date")),
    "a count of days with its hours": ({"birth_date": "32939.5"}, ("birth_date", "bad_date")),
    "a count of days": ({"birth_date": "32939"}, ("birth_date", "date_damaged")),
    "an age": ({"birth_date": "35岁"}, ("birth_date", "bad_date")),
    "a truth for a name": ({"name": True}, ("name", "changed_by_excel")),
    "a date for a name": ({"name": date(2026, 3, 1)}, ("name", "name_chars")),
    "two people behind a slash": ({"name": "张三/李四"}, ("name", "name_chars")),
    "a word in brackets": ({"name": "张三（女）"}, ("name", "name_chars")),
    "a private character": ({"name": "张\ue863"}, ("name", "name_chars")),
    "a variation of a character": ({"name": "葛\U000e0100城"}, ("name", "name_chars")),
    "an invisible joiner": ({"name": "测\u200d试"}, ("name", "name_chars")),
    "an unseen letter": ({"name": "\u3164"}, ("name", "name_chars")),
    "a formula in wide signs": ({"name": "＝1+1"}, ("name", "name_chars")),
    "two dots": ({"name": "买买提··艾力"}, ("name", "name_chars")),
    "a number of another country": ({"phone": "+852 91234567"}, ("phone", "phone_format")),
    "two phones": ({"phone": "19900000001/19900000002"}, ("phone", "phone_format")),
    "an extension": ({"phone": "19900000001转8"}, ("phone", "phone_format")),
    "a phone as a float": ({"phone": 19900000001.5}, ("phone", "phone_format")),
    "a phone in scientific notation": ({"phone": "1.99E+10"}, ("phone", "number_damaged")),
    "signs between nothing": ({"subjects": "、，"}, ("subjects", "unknown_subject")),
    "everything and one more": ({"subjects": "全部、理论"}, ("subjects", "unknown_subject")),
    "one subject by two names": ({"subjects": "理论知识，笔试"}, ("subjects", "subject_duplicate")),
    "both occupations in one cell": (
        {"occupation": "人工智能数据标注、人工智能模型运用"}, ("occupation", "unknown_occupation")),
    "an occupation in other characters": ({"occupation": "人工智能數據標註"}, ("occupation", "unknown_occupation")),
    "a class that became a date": ({"class_name": date(2026, 3, 1)}, ("class_name", "changed_by_excel")),
    "a class that became a number": ({"class_name": "3.10E+01"}, ("class_name", "changed_by_excel")),
    "an error in a cell": ({"class_name": "#N/A"}, ("class_name", "cell_error")),
    "a name in error": ({"name": "#REF!"}, ("name", "cell_error")),
    "a phone in a column too narrow": ({"phone": "#######"}, ("phone", "cell_error")),
    "a formula that was kept as words": ({"employer": "#公式"}, ("employer", "formula_not_accepted")),
    "half a character": ({"note": "甲\ud800乙"}, ("note", "bad_character")),
    "a sign that no XML holds": ({"note": "甲\ufffe乙"}, ("note", "bad_character")),
    "a direction in an employer": ({"employer": "司\u202e法"}, ("employer", "bad_character")),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_sibling_is_refused_at_its_column_with_its_code(name: str) -> None:
    cells, expected = REFUSED[name]
    assert expected in errors(judged(**cells))


TAKEN: dict[str, tuple[dict[str, Any], str, Any, list[tuple[str, str]]]] = {
    "a passport in small letters": ({**PASSPORT, "number": "e12345678"}, "number", "E12345678", []),
    "a permit with its issue": (
        {**PASSPORT, "document_kind": "回乡证", "number": "m12345678 01"}, "number", "M1234567801",
        [("number", "look_alike")]),
    "a permit that begins with nought": (
        {**PASSPORT, "document_kind": "台胞证", "number": "01234567"}, "number", "01234567", []),
    "an old card of a foreigner": (
        {**PASSPORT, "document_kind": "外国人永居证", "number": "USA310090030701"}, "number", "USA310090030701", []),
    "sixteen today, by the column": ({**PASSPORT, "birth_date": "2010-03-01"}, "birth_date", date(2010, 3, 1), []),
    "a tab in front of the number": ({"number": f"\t{GOOD}"}, "number", GOOD, [("number", "look_alike")]),
    "a wide apostrophe in front": ({"number": f"\uff07{GOOD}"}, "number", GOOD, [("number", "look_alike")]),
    "direction marks around a phone": (
        {"phone": "\u202d19900000001\u202c"}, "phone", "19900000001", [("phone", "look_alike")]),
    "a letter that is nothing but a dot": (
        {"name": "买买提ꞏ艾力"}, "name", "买买提·艾力", [("name", "look_alike")]),
    "a dot of the Korean keyboard": ({"name": "买买提\u318d艾力"}, "name", "买买提·艾力", [("name", "look_alike")]),
    "spaces within the number": ({"number": f"{GOOD[:6]} {GOOD[6:]}"}, "number", GOOD, [("number", "look_alike")]),
    "an end of 000 that is right": (
        {"number": ENDS_IN_000}, "number", ENDS_IN_000, [("number", "number_maybe_damaged")]),
    "a date of dots": ({"birth_date": "1990.3.7"}, "birth_date", date(1990, 3, 7), []),
    "a date in wide signs": (
        {"birth_date": "１９９０－０３－０７"}, "birth_date", date(1990, 3, 7), [("birth_date", "look_alike")]),
    "a phone with its country": ({"phone": "0086 19900000001"}, "phone", "19900000001", [("phone", "look_alike")]),
    "a phone with hyphens": ({"phone": "199-0000-0001"}, "phone", "19900000001", [("phone", "look_alike")]),
    "a name of wide letters": ({"name": "ＡＮＮＡ　ＬＥＥ"}, "name", "ANNA LEE", [("name", "look_alike")]),
    "accents beside their letters": ({"name": "Jose\u0301"}, "name", "José", [("name", "look_alike")]),
    "a character of the newest planes": ({"name": "张\U00030000"}, "name", "张\U00030000", []),
}  # fmt: skip


@pytest.mark.parametrize("name", TAKEN)
def test_a_sibling_is_read_in_its_one_form_and_nothing_is_put_right_in_silence(name: str) -> None:
    cells, field, stored, told = TAKEN[name]
    answer = judged(**cells)
    assert (errors(answer), getattr(answer.values, field), notes(answer)) == ([], stored, told)

"""Names and phones (rules 3; the persons are made up)."""

from __future__ import annotations

import unicodedata

import pytest

from kupasi.people.rules import judge_name, judge_phone, one_line


def codes(answer):
    return [error.code for error in answer.errors]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("测试甲", "测试甲"),
        (" 测试甲\u3000", "测试甲"),
        ("测\u3000试", "测试"),
        ("㐂𠮷龘", "㐂𠮷龘"),
        ("䶮㛃𬭎𫖯𠅤", "䶮㛃𬭎𫖯𠅤"),
        ("\ufa0c\u3007々", "\ufa0c\u3007々"),
        ("\U00031350\U0002ebf0", "\U00031350\U0002ebf0"),
        ("\u2f45", "方"),
        ("Anna-Maria O'Neil", "Anna-Maria O'Neil"),
        ("Anna  O\u2019Neil", "Anna O'Neil"),
        ("Ｌｉ Lei", "Li Lei"),
        (unicodedata.normalize("NFD", "Zoë"), "Zoë"),
        ("ئەلى", "ئەلى"),
        ("甲" * 50, "甲" * 50),
    ],
)
def test_a_name_is_stored_in_one_form(typed, stored):
    answer = judge_name(typed)
    assert (answer.valid, answer.normalized) == (True, stored)


@pytest.mark.parametrize("dot", [*"•‧・．﹒･·⋅∙․.", " · ", "· "])
def test_every_dot_look_alike_becomes_the_one_dot(dot):
    assert judge_name(f"阿卜杜拉{dot}买买提").normalized == "阿卜杜拉·买买提"


@pytest.mark.parametrize(
    "name",
    [
        "张三\n李四",
        "张三\t李四",
        "张\x00三",
        "张\u202e三",
        "张\u200b三",
        "张\u200d三",
        "张\u2066三",
        "张\ufeff三",
        "张\ufe0f三",
        "张\U000e0100三",
        "张\u3164三",
        "<script>alert(1)</script>",
        "＜b＞",
        "{{7*7}}{% debug %}",
        "${7*7}",
        "<img src=file:///etc/passwd>",
        "=1+1",
        "＝1+1",
        "+张三",
        "-张三",
        "@张三",
        "张三@",
        "张三1",
        "张三①",
        "张三٣",
        "张三Ⅳ",
        "·张三",
        "张三·",
        "张··三",
        "张三😀",
        "张\ue000三",
        "张,三",
        '张"三',
        "张/三",
        "张\\三",
        "张%三",
        "e\u0301\u0301\u0301\u0301",
        "\u0301a",
    ],
)
def test_what_is_not_a_name_is_refused(name):
    answer = judge_name(name)
    assert (answer.valid, codes(answer)) == (False, ["name_chars"])


@pytest.mark.parametrize("name", ["", "   ", "\u3000", "甲" * 51, "甲" * 100_000])
def test_a_name_has_one_to_fifty_characters(name):
    assert codes(judge_name(name)) == ["name_length"]


@pytest.mark.parametrize(
    "typed",
    [
        "19900000001",
        "+86 199-0000-0001",
        "0086 19900000001",
        "8619900000001",
        " 199 0000 0001 ",
        "１９９０００００００１",
        "\u202d19900000001\u202c",
        "199\u20130000\u20130001",
        "19900000001\n",
    ],
)
def test_a_phone_is_stored_as_eleven_digits(typed):
    answer = judge_phone(typed)
    assert (answer.valid, answer.normalized) == (True, "19900000001")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "19900000001\r\nBCC:x",
        "12900000001",
        "1990000000",
        "199000000012",
        "+1 9900000001",
        "199\n00000001",
        "一九九",
        "19900000001,19900000002",
        "٠" * 11,
        "021-62345678",
    ],
)
def test_another_number_is_refused(typed):
    assert codes(judge_phone(typed)) == ["phone_format"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("样例公司", "样例公司"),
        ("  Sample  Ltd. ", "Sample Ltd."),
        ("样例\r\n公司\u2028二部\u3000 ", "样例 公司 二部"),
        ("样例\u202e公司\u200b\ufeff", "样例公司"),
        ("=1+1", "=1+1"),
        ("轮椅通道 😀", "轮椅通道 😀"),
        ("\u200f\u00ad", ""),
    ],
)
def test_free_words_are_kept_on_one_line_with_nothing_hidden(typed, kept):
    assert one_line(typed) == kept

"""Names and mobile phones: one stored form, and a clear reason when there is none (rules 3)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from kupasi.people.rules.text import LONGEST_INPUT, squeeze
from kupasi.refusals import RefusalFact

CLAUSE = "须知 一"
LONGEST_NAME = 50
BAD_CHARS = (
    "姓名中有不能使用的字符：请按证件填写文字，间隔号用“·”，不带数字、符号或换行；生僻字打不出时请联系业务受理点。"
)
MIDDLE_DOT = "\u00b7"
# Signs that look like the dot of a name: • ‧ ․ ∙ ⋅ ・ ･ ． ﹒ ᛫ · ● ⸱ ⸳ and the full stop of a keyboard.
# Then letters of other scripts that are nothing but a dot: ꞏ ᐧ ㆍ ᆞ ꓸ ⵑ.
DOTS = "\u2022\u2027\u2024\u2219\u22c5\u30fb\uff65\uff0e\ufe52\u16eb\u0387\u25cf\u2e31\u2e33."
DOTS += "\ua78f\u1427\u318d\u119e\ua4f8\u2d51"
SPACES = "\u0020\u00a0\u3000"
QUOTES = "\u2018\u2019\u02bc\uff07"
INVISIBLE_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u17b4\u17b5\u180b\u180c\u180d\u180f")
MOST_MARKS_IN_A_ROW = 2

_HAN = "\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
_FOLD = str.maketrans(dict.fromkeys(DOTS, MIDDLE_DOT) | dict.fromkeys(SPACES, " ") | dict.fromkeys(QUOTES, "'"))
_HAN_CHAR = re.compile(f"[{_HAN}]")
_COMPATIBILITY_HAN = re.compile("([\uf900-\ufaff\U0002f800-\U0002fa1f]+)")
_WIDE_OR_RADICAL = re.compile("[\uff21-\uff3a\uff41-\uff5a\u2e80-\u2fdf]")
_SPACE_BETWEEN_HAN = re.compile(f"(?<=[{_HAN}]) +(?=[{_HAN}])")
_SPACE_AT_DOT = re.compile(f" *{MIDDLE_DOT} *")
_WORDS = re.compile(r"[^ '·-]+(?:[ '·-][^ '·-]+)*")
_USUAL = re.compile("[\u4e00-\u9fff]{2,12}")  # what most names are: already in the form to store
_PHONE = re.compile("1[3-9][0-9]{9}")
_DASHES = str.maketrans("", "", "-\u2010\u2011\u2012\u2013\u2014\u2212")


@dataclass(frozen=True, slots=True)
class FieldAnswer:
    """The judgement on one field: the form to store, and every reason why it cannot be stored."""

    valid: bool
    normalized: str
    errors: tuple[RefusalFact, ...] = ()


def normalize_name(name: str) -> str:
    """One written form for one name: dots as U+00B7, plain spaces, no space inside a Chinese name, composed accents.

    Rare and compatibility characters are kept as they are; what does not belong in a name is left for `judge_name`.
    """
    plain = _compose(name[:LONGEST_INPUT].strip()).translate(_FOLD)
    plain = _WIDE_OR_RADICAL.sub(lambda match: unicodedata.normalize("NFKC", match[0]), plain)
    plain = re.sub(" {2,}", " ", _SPACE_AT_DOT.sub(MIDDLE_DOT, plain))
    return _SPACE_BETWEEN_HAN.sub("", plain).strip(" ")


def judge_name(name: str) -> FieldAnswer:
    """Whether this can be a person's name: letters or hanzi of any script, joined by ` `, `-`, `'` or `·`.

    Codes: name_length (1–50 characters), name_chars (digits, markup, controls, invisible or direction signs, a sign
    at the start or the end, two signs in a row).
    """
    if _USUAL.fullmatch(name):
        return FieldAnswer(True, name)
    plain = normalize_name(name)
    if not 1 <= len(plain) <= LONGEST_NAME:
        return _refused(plain, "name_length", f"姓名应为 1 至 {LONGEST_NAME} 个字，请按证件填写。")
    if not _WORDS.fullmatch(plain) or not all(_is_letter(char) or char in " '·-" for char in plain):
        return _refused(plain, "name_chars", BAD_CHARS)
    if _has_piled_marks(plain):
        return _refused(plain, "name_chars", "姓名中的附加符号过多，请按证件重新填写。")
    return FieldAnswer(True, plain)


def normalize_phone(phone: str) -> str:
    """A mobile number without spaces, hyphens and the country prefix (+86, 0086, 86); other text is left as it is."""
    plain = squeeze(phone).translate(_DASHES)
    for prefix in ("+86", "0086", "86"):
        if plain.startswith(prefix) and len(plain) == len(prefix) + 11:
            return plain[len(prefix) :]
    return plain


def judge_phone(phone: str) -> FieldAnswer:
    """Whether this is a mainland mobile number of 11 digits; code phone_format."""
    plain = phone if _PHONE.fullmatch(phone) else normalize_phone(phone)
    if _PHONE.fullmatch(plain):
        return FieldAnswer(True, plain)
    return _refused(plain, "phone_format", "手机号码应为 11 位数字，以 13 至 19 开头，请重新填写。")


def _compose(text: str) -> str:
    """Compose accents (NFC), but leave compatibility hanzi alone: NFC would turn them into other characters."""
    if unicodedata.is_normalized("NFC", text):
        return text
    parts = _COMPATIBILITY_HAN.split(text)
    return "".join(part if index % 2 else unicodedata.normalize("NFC", part) for index, part in enumerate(parts))


def _is_letter(char: str) -> bool:
    """A letter, a hanzi of any plane (also ones newer than Python's tables), or a mark that belongs to a letter."""
    if char in INVISIBLE_LETTERS or "\ufe00" <= char <= "\ufe0f" or char >= "\U000e0000":
        return False
    return _HAN_CHAR.match(char) is not None or unicodedata.category(char)[0] in {"L", "M"}


def _has_piled_marks(text: str) -> bool:
    run = MOST_MARKS_IN_A_ROW  # a name may not begin with a mark either
    for char in text:
        run = run + 1 if unicodedata.category(char)[0] == "M" else 0
        if run > MOST_MARKS_IN_A_ROW:
            return True
    return False


def _refused(plain: str, code: str, message: str) -> FieldAnswer:
    return FieldAnswer(False, plain, (RefusalFact(code, message, CLAUSE),))

"""Identity documents: shape, check character, birth date, sex, and the key of a person (rules 3 'Documents', E8)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from operator import mul
from typing import NamedTuple

from kupasi.people.enums import DocumentKind, Sex
from kupasi.people.rules.text import squeeze
from kupasi.refusals import RefusalFact

CLAUSE = "通知 二(一)、须知 一"
EARLIEST_BIRTH = date(1900, 1, 1)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643, MOD 11-2
ZEROS = ord("0") * sum(WEIGHTS)  # the weighed sum of seventeen digits 0 as characters
CHECKS = "10X98765432"

# First two digits of each kind of 18-character number: where it was issued (GB/T 2260; 9 = foreigners).
PROVINCES = frozenset(
    f"{code}"
    for region in (range(11, 16), range(21, 24), range(31, 38), range(41, 47), range(50, 55), range(61, 66), (71,))
    for code in region
)
AREAS = {
    DocumentKind.RESIDENT_ID: PROVINCES,
    DocumentKind.HK_MACAO_RESIDENCE: frozenset({"81", "82"}),
    DocumentKind.TAIWAN_RESIDENCE: frozenset({"83"}),
    DocumentKind.FOREIGN_PERMANENT: frozenset(f"9{digit}" for digit in "0123456789"),
}


class Shape(NamedTuple):
    """What a number without a check character looks like: lengths, pattern, and the words for both."""

    lengths: range | tuple[int, ...]
    pattern: re.Pattern[str]
    words: str


SHAPES = {
    DocumentKind.HK_MACAO_PERMIT: Shape(
        (9, 11), re.compile("[HM][0-9]+"), "字母 H 或 M 加 8 位数字，可再加 2 位换证次数"
    ),
    DocumentKind.TAIWAN_PERMIT: Shape((8, 10), re.compile("[0-9]+"), "8 位数字，可再加 2 位换证次数"),
    DocumentKind.PASSPORT: Shape(range(5, 21), re.compile("[A-Z0-9]+"), "5 至 20 位大写字母或数字"),
}
OLD_FOREIGN = Shape((15,), re.compile("[A-Z]{3}[0-9]{12}"), "18 位号码，或旧版的 3 个字母加 12 位数字")
EIGHTEEN = re.compile("[0-9]{17}[0-9X]")

# How rosters and counters also call the documents, beside the official names.
ALIASES = {
    "身份证": DocumentKind.RESIDENT_ID,
    "中华人民共和国居民身份证": DocumentKind.RESIDENT_ID,
    "二代身份证": DocumentKind.RESIDENT_ID,
    "港澳居民居住证": DocumentKind.HK_MACAO_RESIDENCE,
    "中华人民共和国港澳居民居住证": DocumentKind.HK_MACAO_RESIDENCE,
    "台湾居民居住证": DocumentKind.TAIWAN_RESIDENCE,
    "中华人民共和国台湾居民居住证": DocumentKind.TAIWAN_RESIDENCE,
    "港澳通行证": DocumentKind.HK_MACAO_PERMIT,
    "回乡证": DocumentKind.HK_MACAO_PERMIT,
    "台胞证": DocumentKind.TAIWAN_PERMIT,
    "外国人永居证": DocumentKind.FOREIGN_PERMANENT,
    "外国人永久居留证": DocumentKind.FOREIGN_PERMANENT,
}


@dataclass(frozen=True, slots=True)
class DocumentAnswer:
    """The judgement on one document; birth date and sex are those that the number itself holds."""

    valid: bool
    normalized: str
    birth_date: date | None = None
    sex: Sex | None = None
    errors: tuple[RefusalFact, ...] = ()


class IdentityKey(NamedTuple):
    """What recognises one person: the kind's group and the part of the number that never changes (E8)."""

    group: str
    number: str


def normalize_number(number: str) -> str:
    """The number as it is stored: plain characters, no spaces or invisible ones, capital letters (x → X)."""
    return squeeze(number).upper()


def check_character(first_seventeen: str) -> str:
    """The eighteenth character that belongs to seventeen digits (MOD 11-2)."""
    return CHECKS[(sum(map(mul, first_seventeen.encode("ascii"), WEIGHTS)) - ZEROS) % 11]


def document_kind_named(words: str) -> DocumentKind | None:
    """The kind meant by a code, an official name or a usual short name; None when nobody calls a document so."""
    plain = squeeze(words)
    named = {kind.value: kind for kind in DocumentKind} | {kind.label: kind for kind in DocumentKind} | ALIASES
    return named.get(plain) or named.get(plain.lower())


def identity_key(kind: DocumentKind, number: str, *, country: str = "") -> IdentityKey:
    """Group and number that recognise a person whichever issue of the document is shown (E8).

    The three 18-character cards share one group, since their numbers never collide; 港澳通行证 counts by its first
    9 characters, 台胞证 by its first 8; a passport number is taken together with its country, where that is given.
    """
    plain = normalize_number(number)
    if kind is DocumentKind.HK_MACAO_PERMIT:
        return IdentityKey(kind.value, plain[:9])
    if kind is DocumentKind.TAIWAN_PERMIT:
        return IdentityKey(kind.value, plain[:8])
    if kind is DocumentKind.PASSPORT:
        return IdentityKey(kind.value, f"{squeeze(country).upper()}:{plain}" if country else plain)
    return IdentityKey("foreign_permanent" if kind is DocumentKind.FOREIGN_PERMANENT else "resident", plain)


def judge_document(
    kind: str, number: str, *, on: date, birth_date: date | None = None, sex: Sex | None = None
) -> DocumentAnswer:
    """Whether a number can belong to a document of this kind on that day, with every reason if it cannot.

    `birth_date` and `sex` are the columns given beside it: a contradiction is an error, never a silent fix.
    Codes: unknown_kind, old_number, bad_length, bad_character, bad_area, bad_checksum, bad_birth_date,
    birth_date_mismatch, sex_mismatch, kind_mismatch (a resident's number given as a passport).
    """
    plain = normalize_number(number)
    try:
        known = kind if type(kind) is DocumentKind else DocumentKind(kind)
    except ValueError:
        message = "没有这种证件类型，请从列出的类型中选择；其他证件请到业务受理点咨询。"
        return _answer(plain, [_error("unknown_kind", message)])
    errors = list(_shape_errors(known, plain))
    held_birth, held_sex = None, None
    if known in AREAS and not errors and len(plain) == 18:
        held_birth, held_sex = birth_date_in(plain, on=on), sex_in(plain)
        errors += _content_errors(known, plain, held_birth)
    errors += _column_errors(on, birth_date, sex, held_birth, held_sex)
    return _answer(plain, errors, held_birth, held_sex)


def birth_date_in(number: str, *, on: date) -> date | None:
    """The birth date in characters 7–14 of an 18-character number; None when no living person can have it."""
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return born if EARLIEST_BIRTH <= born <= on else None


def sex_in(number: str) -> Sex:
    """The sex in the seventeenth digit of an 18-character number: odd = male."""
    return Sex.MALE if int(number[16]) % 2 else Sex.FEMALE


def _shape_errors(kind: DocumentKind, plain: str) -> Iterator[RefusalFact]:
    if kind in SHAPES:
        yield from _plain_shape_errors(SHAPES[kind], plain)
        if kind is DocumentKind.PASSPORT and _looks_like_resident(plain):
            yield _error("kind_mismatch", "这是一个居民身份证件号码，不是护照号码，请改选证件类型。")
    elif kind is DocumentKind.FOREIGN_PERMANENT and len(plain) != 18:
        yield from _plain_shape_errors(OLD_FOREIGN, plain)
    elif len(plain) == 15 and re.fullmatch("[0-9]+", plain):
        yield _error("old_number", "15 位旧号码已停用，请填写证件上的 18 位号码。")
    elif len(plain) != 18:
        yield _error("bad_length", f"证件号码应为 18 位，现在是 {len(plain)} 位，请对照证件补齐。")
    elif kind is DocumentKind.FOREIGN_PERMANENT and not plain.startswith("9"):
        yield _error("bad_character", "18 位的外国人永居证号码以 9 开头，请核对证件类型和号码。")
    elif not EIGHTEEN.fullmatch(plain):
        yield _error("bad_character", "证件号码前 17 位只能是数字，末位是数字或 X，请对照证件重新填写。")


def _plain_shape_errors(shape: Shape, plain: str) -> Iterator[RefusalFact]:
    if len(plain) not in shape.lengths:
        yield _error("bad_length", f"号码长度不对，应为{shape.words}，请对照证件重新填写。")
    elif not shape.pattern.fullmatch(plain):
        yield _error("bad_character", f"号码含有不该出现的字符，应为{shape.words}，请对照证件重新填写。")


def _looks_like_resident(plain: str) -> bool:
    fits = EIGHTEEN.fullmatch(plain) is not None and check_character(plain[:17]) == plain[17]
    return fits and birth_date_in(plain, on=date.max) is not None


def _content_errors(kind: DocumentKind, plain: str, born: date | None) -> Iterator[RefusalFact]:
    if plain[:2] not in AREAS[kind]:
        yield _error("bad_area", f"号码开头的地区代码不属于{kind.label}，请核对证件类型和号码。")
    if born is None:
        yield _error("bad_birth_date", "号码第 7 至 14 位不是真实的出生日期，请对照证件重新填写。")
    if check_character(plain[:17]) != plain[17]:
        yield _error("bad_checksum", "号码末位校验不符，很可能有一位输错了，请对照证件逐位核对。")


def _column_errors(
    on: date, birth_date: date | None, sex: Sex | None, held_birth: date | None, held_sex: Sex | None
) -> Iterator[RefusalFact]:
    if birth_date is not None and not EARLIEST_BIRTH <= birth_date <= on:
        yield _error("bad_birth_date", "出生日期不在合理范围内，请对照证件重新填写。")
    elif birth_date and held_birth and birth_date != held_birth:
        yield _error("birth_date_mismatch", "填写的出生日期与证件号码中的不一致，请核对后改正其中有误的一项。")
    if sex and held_sex and sex is not held_sex:
        yield _error("sex_mismatch", "填写的性别与证件号码中的不一致，请核对后改正其中有误的一项。")


def _error(code: str, message: str) -> RefusalFact:
    return RefusalFact(code, message, CLAUSE)


def _answer(
    plain: str, errors: list[RefusalFact], birth_date: date | None = None, sex: Sex | None = None
) -> DocumentAnswer:
    return DocumentAnswer(not errors, plain, birth_date, sex, tuple(errors))

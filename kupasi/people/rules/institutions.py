"""What identifies an institution: the 统一社会信用代码 (GB 32100-2015), judged by its own check character."""

from __future__ import annotations

from kupasi.people.rules.names import FieldAnswer
from kupasi.people.rules.text import squeeze
from kupasi.refusals import RefusalFact

CLAUSE = "通知 二(二)"
LENGTH = 18
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I, O, S, V, Z
MODULUS = len(ALPHABET)
_DASHES = str.maketrans("", "", "-\u2010\u2011\u2012\u2013\u2014\u2212")


def credit_check_character(stem: str) -> str:
    """The 18th character that belongs to the first 17: weights are the powers of 3 modulo 31."""
    total = sum(ALPHABET.index(char) * pow(3, place, MODULUS) for place, char in enumerate(stem))
    return ALPHABET[-total % MODULUS]


def judge_credit_code(code: str) -> FieldAnswer:
    """The code in capitals without spaces and hyphens; codes bad_length, bad_character, bad_checksum."""
    plain = squeeze(code).translate(_DASHES).upper()
    if len(plain) != LENGTH:
        return _refused(plain, "bad_length", f"统一社会信用代码应为 {LENGTH} 位，请按营业执照或登记证书填写。")
    if not set(plain) <= set(ALPHABET) or not plain[2:8].isdigit():
        text = "统一社会信用代码只含数字和大写字母（不用 I、O、S、V、Z），第 3 至 8 位是数字，请核对。"
        return _refused(plain, "bad_character", text)
    if credit_check_character(plain[:-1]) != plain[-1]:
        return _refused(plain, "bad_checksum", "统一社会信用代码的校验位不对，请对照证照逐位核对。")
    return FieldAnswer(True, plain)


def _refused(plain: str, code: str, message: str) -> FieldAnswer:
    return FieldAnswer(False, plain, (RefusalFact(code, message, CLAUSE),))

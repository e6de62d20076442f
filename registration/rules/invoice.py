"""Who an invoice is for: 抬头 and 纳税人识别号, judged before they are kept (通知 二(四))."""

from __future__ import annotations

from kupasi.people.rules.institutions import judge_credit_code
from kupasi.people.rules.text import squeeze
from kupasi.refusals import RefusalFact

CLAUSE = "通知 二(四)"
LONGEST = 100
SHORTEST = 2


def judge_invoice(title: str, code: str) -> tuple[str, str, list[RefusalFact]]:
    """Title and number as they are kept, and what is wrong: bad_title, bad_length, bad_character, bad_checksum.

    The number of an enterprise or institution is its 统一社会信用代码, whose last character is a check.
    """
    plain = " ".join(title.split())
    found = []
    if not SHORTEST <= len(plain) <= LONGEST or not plain.isprintable():
        found.append(RefusalFact("bad_title", f"请填写发票抬头，{SHORTEST} 到 {LONGEST} 个字。", CLAUSE))
    judged = judge_credit_code(squeeze(code))
    found += [RefusalFact(one.code, one.message.replace("统一社会信用代码", "税号"), CLAUSE) for one in judged.errors]
    return plain, judged.normalized, found

"""An amount of yuan in the capital figures of receipts (会计大写): 480.00 reads 肆佰捌拾元整."""

from __future__ import annotations

from decimal import Decimal

FIGURES = "零壹贰叁肆伍陆柒捌玖"
UNITS = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿")


def amount_in_words(amount: Decimal) -> str:
    """The words of an amount of at most 999,999,999,999.99 yuan, two decimals; ValueError otherwise."""
    cents = int(amount * 100)
    if not 0 <= cents < 10**14 or cents != amount * 100:
        raise ValueError("an amount has two decimals and is not negative")
    yuan, rest = divmod(cents, 100)
    jiao, fen = divmod(rest, 10)
    words = f"{_whole(yuan)}元" if yuan else ""
    if not rest:
        return f"{words or '零元'}整"
    zero = "零" if yuan and not jiao else ""
    return words + (f"{FIGURES[jiao]}角" if jiao else zero) + (f"{FIGURES[fen]}分" if fen else "整")


def _whole(number: int) -> str:
    """Whole yuan, four digits at a time; one zero stands for a run of zeros between figures."""
    words, gap = "", False
    digits = str(number)
    for place, digit in zip(range(len(digits) - 1, -1, -1), map(int, digits), strict=True):
        group, unit = divmod(place, 4)
        if digit:
            words += ("零" if gap else "") + FIGURES[digit] + UNITS[unit]
            gap = False
        else:
            gap = bool(words)
        if unit == 0 and group and number // 10**place % 10000:
            words += GROUPS[group]
    return words

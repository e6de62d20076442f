"""A Code 128 barcode as an SVG picture: digits in pairs (set C), everything else in set B. Pure."""

from __future__ import annotations

import base64
import re

# Widths of bars and spaces for the values 0–105 (ISO/IEC 15417, table of characters); the stop pattern has seven.
WIDTHS = [
    "212222",
    "222122",
    "222221",
    "121223",
    "121322",
    "131222",
    "122213",
    "122312",
    "132212",
    "221213",
    "221312",
    "231212",
    "112232",
    "122132",
    "122231",
    "113222",
    "123122",
    "123221",
    "223211",
    "221132",
    "221231",
    "213212",
    "223112",
    "312131",
    "311222",
    "321122",
    "321221",
    "312212",
    "322112",
    "322211",
    "212123",
    "212321",
    "232121",
    "111323",
    "131123",
    "131321",
    "112313",
    "132113",
    "132311",
    "211313",
    "231113",
    "231311",
    "112133",
    "112331",
    "132131",
    "113123",
    "113321",
    "133121",
    "313121",
    "211331",
    "231131",
    "213113",
    "213311",
    "213131",
    "311123",
    "311321",
    "331121",
    "312113",
    "312311",
    "332111",
    "314111",
    "221411",
    "431111",
    "111224",
    "111422",
    "121124",
    "121421",
    "141122",
    "141221",
    "112214",
    "112412",
    "122114",
    "122411",
    "142112",
    "142211",
    "241211",
    "221114",
    "413111",
    "241112",
    "134111",
    "111242",
    "121142",
    "121241",
    "114212",
    "124112",
    "124211",
    "411212",
    "421112",
    "421211",
    "212141",
    "214121",
    "412121",
    "111143",
    "111341",
    "131141",
    "114113",
    "114311",
    "411113",
    "411311",
    "113141",
    "114131",
    "311141",
    "411131",
    "211412",
    "211214",
    "211232",
]
STOP = "2331112"
START_B, START_C = 104, 105
QUIET = 10  # modules of white on both sides


def values(text: str) -> list[int]:
    """The symbol values of a text with start and checksum; ValueError for what Code 128 B cannot hold."""
    if re.fullmatch("([0-9]{2})+", text):
        coded = [START_C, *(int(text[at : at + 2]) for at in range(0, len(text), 2))]
    elif re.fullmatch("[ -~]+", text):
        coded = [START_B, *(ord(char) - 32 for char in text)]
    else:
        raise ValueError("Code 128 holds printable ASCII only")
    checksum = (coded[0] + sum(place * value for place, value in enumerate(coded))) % 103
    return [*coded, checksum]


def svg(text: str, *, height: int = 40) -> str:
    """The barcode as SVG, one unit a module, quiet zones included."""
    x, bars = QUIET, []
    for pattern in [*(WIDTHS[value] for value in values(text)), STOP]:
        for place, width in enumerate(pattern):
            if place % 2 == 0:
                bars.append(f"M{x} 0h{width}v{height}h-{width}z")
            x += int(width)
    box = f"0 0 {x + QUIET} {height}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" preserveAspectRatio="none">'
        f'<path d="{"".join(bars)}"/></svg>'
    )


def data_uri(text: str) -> str:
    """The barcode as a `data:` address for a page or a PDF."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg(text).encode()).decode()

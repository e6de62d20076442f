"""The type that PDFs are set in: a small font first, the system's large ones for rare characters behind it."""

from __future__ import annotations

import base64
import functools
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from kupasi.pdf import fetcher, fonts

if TYPE_CHECKING:
    from weasyprint import CSS

FACE = Path(__file__).parent / "fonts" / "kupasi-sans.otf"
SYSTEM = ("Noto Sans CJK SC", "HanaMinA", "HanaMinB")
STACK = ", ".join(f'"{name}"' for name in ("Kupasi Sans", *SYSTEM))


@functools.cache
def face() -> CSS:
    """The style sheet that brings the small font; loaded once per process, shared by every document."""
    from weasyprint import CSS

    data = base64.b64encode(FACE.read_bytes()).decode()
    rule = f'@font-face {{ font-family: "Kupasi Sans"; src: url(data:font/otf;base64,{data}) }}'
    return CSS(string=f"{rule}\nhtml {{ font-family: {STACK} }}", font_config=fonts(), url_fetcher=fetcher())


def missing(text: str) -> str:
    """The characters of a text that no font of the stack can draw, asked of the fonts themselves; normally empty."""
    rest = {char for char in text if char.isprintable()} - {" "}
    rest -= _covered(str(FACE), 0)
    for family in SYSTEM:
        if not rest:
            break
        for path, index in _files(family):
            rest -= _covered(path, index)
    return "".join(sorted(rest))


@functools.cache
def _covered(path: str, index: int) -> frozenset[str]:
    from fontTools.ttLib import TTFont

    with TTFont(path, fontNumber=index, lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))


@functools.cache
def _files(family: str) -> tuple[tuple[str, int], ...]:
    """Where fontconfig finds a family's regular weight; nothing when it is not installed."""
    asked = ["fc-list", "--format=%{file}\t%{index}\n", f":family={family}:style=Regular"]
    listed = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    pairs = (line.rsplit("\t", 1) for line in listed.splitlines())
    return tuple((path, int(index) & 0xFFFF) for path, index in pairs)

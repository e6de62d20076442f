"""Fonts inside a PDF made small: a cut of a large CJK font keeps tens of thousands of empty places, which are dropped.

The engine that lays out cuts a font to the glyphs in use but leaves every glyph at its old number, so that the table of
all those empty places (over 60,000) is most of the file. A CID-keyed font names its glyphs by the very numbers that the
page uses; cut again, without the places, it draws the same.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import pikepdf

MANY = 10_000  # glyph places from which on it is worth it


def slimmed(content: bytes) -> bytes:
    """The same pages; a font that does not name its glyphs by the page's numbers stays as it is."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as paper:
        for font in list(_cid_fonts(paper)):
            cut = _cut(font.FontDescriptor.FontFile3.read_bytes(), _used(font.W))
            if cut is not None:
                made = pikepdf.Stream(paper, cut, Subtype=pikepdf.Name.CIDFontType0C)
                font.FontDescriptor.FontFile3 = paper.make_indirect(made)
        paper.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _cid_fonts(paper: pikepdf.Pdf) -> Iterator[pikepdf.Dictionary]:
    for one in paper.objects:
        if isinstance(one, pikepdf.Dictionary) and one.get("/Subtype") == "/CIDFontType0":
            program = one.FontDescriptor.get("/FontFile3")
            if program is not None and program.get("/Subtype") == "/OpenType":
                yield one


def _used(widths: pikepdf.Object) -> set[int]:
    """The glyphs that the page uses: those whose widths it states, as `first [w …]` or `first last w`."""
    found: set[int] = set()
    rest: list[pikepdf.Object] = list(widths)  # type: ignore[call-overload]  # an array is iterable
    while rest:
        first = int(rest[0])
        if isinstance(rest[1], pikepdf.Array):
            found.update(range(first, first + len(rest[1])))
            rest = rest[2:]
        else:
            found.update(range(first, int(rest[1]) + 1))
            rest = rest[3:]
    return found


def _cut(font: bytes, used: set[int]) -> bytes | None:
    """The bare outlines of these glyphs, or None where that is not worth it or would not draw the same."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    whole = TTFont(io.BytesIO(font), lazy=True)
    if "CFF " not in whole or whole["maxp"].numGlyphs < MANY:
        return None
    names = whole.getGlyphOrder()
    if any(names[one] != f"cid{one:05d}" for one in used):
        return None
    options = subset.Options(layout_features=[], desubroutinize=True, notdef_outline=True)
    options.drop_tables += ["vmtx", "vhea", "VORG", "name", "post", "OS/2", "cmap"]
    cutter = subset.Subsetter(options)
    cutter.populate(gids=used)
    cutter.subset(whole)
    out = io.BytesIO()
    whole.save(out)
    return bytes(TTFont(io.BytesIO(out.getvalue()), lazy=True).reader["CFF "])

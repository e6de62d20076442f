"""The fonts inside a certificate are cut to what it draws, and draw the same (rules X3)."""

from __future__ import annotations

import io

import pikepdf
import pytest
from fontTools.pens.recordingPen import RecordingPen
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from certificates.services import papers
from kupasi import paper, seals, slimming

from .made import issued

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
RARE = "䶮㛃𬭎𫖯𠅤"
Outlines = dict[str, dict[int, list[object]]]


def outlines(content: bytes, family: str = "Serif") -> Outlines:
    """Each such font's glyphs in use as drawing commands, by the number that the page calls them by."""
    found: Outlines = {}
    with pikepdf.open(io.BytesIO(content)) as read:
        for font in read.objects:
            if not isinstance(font, pikepdf.Dictionary) or font.get("/Subtype") != "/CIDFontType0":
                continue
            if family in (name := str(font.BaseFont)):
                program = font.FontDescriptor.FontFile3
                used = slimming._used(font.W)
                bare = str(program.Subtype) == "/CIDFontType0C"
                found[name] = drawn(program.read_bytes(), used, bare=bare)
    return found


def drawn(program: bytes, used: set[int], *, bare: bool) -> dict[int, list[object]]:
    if bare:
        font = TTFont()
        from fontTools.cffLib import CFFFontSet

        outlines = CFFFontSet()
        outlines.decompile(io.BytesIO(program), font)
    else:
        outlines = TTFont(io.BytesIO(program), lazy=True)["CFF "].cff
    glyphs, made = outlines[0].CharStrings, {}
    for one in used:
        pen = RecordingPen()
        glyphs[f"cid{one:05d}"].draw(pen)
        made[one] = pen.value
    return made


def test_a_cut_font_draws_every_glyph_as_before() -> None:
    whole = paper.lay_out(papers.form_html(issued(name="张三丰")), css=papers.SHEET)
    before, after = outlines(whole), outlines(slimming.slimmed(whole))
    assert after == before
    assert sum(map(len, after.values())) > 100
    assert len(slimming.slimmed(whole)) < len(whole) / 3


def test_a_rare_name_is_drawn_with_the_glyphs_of_its_font_and_reads_back() -> None:
    made = issued(name=RARE)
    with made.file.open() as file:
        content = bytes(file.read())
    whole = outlines(paper.lay_out(papers.layer_html(made), css=papers.SHEET), "Noto-Sans")
    assert len(content) < 200_000
    assert [len(one) for one in whole.values()] == [len(RARE)]
    drawn_now = [one for font in outlines(content, "Noto-Sans").values() for one in font.values()]
    assert all(len(one) > 4 and one in drawn_now for font in whole.values() for one in font.values())
    assert RARE in PdfReader(io.BytesIO(content)).pages[0].extract_text().replace(" ", "")


def test_without_the_second_cut_the_rare_name_is_most_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    made = issued(name=RARE)
    small = len(papers.draw(made))
    monkeypatch.setattr(paper, "LIGHT", 10**9)
    assert len(papers.draw(made)) > small + 90_000


def test_a_certificate_is_small_and_its_seal_holds() -> None:
    with issued(name=RARE).file.open() as file:
        content = bytes(file.read())
    with pikepdf.open(io.BytesIO(content)) as read:
        fonts = [one.FontDescriptor for one in read.objects if isinstance(one, pikepdf.Dictionary) and "/W" in one]
        serif = [len(one.FontFile3.read_raw_bytes()) for one in fonts if "Serif" in str(one.FontName)]
    assert seals.holds(content)
    assert 0 < sum(serif) < 60_000


def test_a_font_that_names_its_glyphs_otherwise_stays_as_it_is() -> None:
    form = slimming.slimmed(paper.lay_out("<p>张三丰</p>", css=papers.SHEET))
    with pikepdf.open(io.BytesIO(form)) as read:
        kinds = [str(one.Subtype) for one in read.objects if isinstance(one, pikepdf.Stream) and "/Subtype" in one]
    assert kinds == ["/OpenType"]  # the small font is not worth it


def test_a_cut_that_loses_a_glyph_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = paper.lay_out(papers.form_html(issued(name="张三丰")), css=papers.SHEET)
    real = slimming._used
    monkeypatch.setattr(slimming, "_used", lambda widths: set(sorted(real(widths))[1:]))
    spoiled = slimming.slimmed(whole)
    monkeypatch.undo()
    with pytest.raises(KeyError):
        outlines(spoiled)

"""UP-018, 019, 022, 024 and their siblings: a PDF is kept as pages alone, or refused with a sentence."""

from __future__ import annotations

import io
from collections.abc import Callable

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String
from PIL import Image

from discipline.models import Evidence
from discipline.services.evidence import add_evidence, reencoded
from kupasi.errors import Refusal
from tests import builders

from . import making

LOOP = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1>>endobj
trailer<</Root 1 0 R/Size 3>>
%%EOF"""
LAUNCH = Dictionary(S=Name.Launch, F=String("active-content"))
SCRIPT = Dictionary(S=Name.JavaScript, JS=String("active-content"))


def a_pdf(change: Callable[[Pdf], object] = lambda document: None) -> bytes:
    """Two pages, with what a test puts in."""
    document, out = pikepdf.new(), io.BytesIO()
    for _ in range(2):
        document.add_blank_page()
    change(document)
    document.save(out)
    return out.getvalue()


def outline(document: Pdf) -> None:
    """A bookmark that starts a program."""
    item = document.make_indirect(Dictionary(Title=String("x"), A=LAUNCH))
    document.Root.Outlines = Dictionary(Type=Name.Outlines, First=item, Last=item, Count=1)


def attached(document: Pdf) -> None:
    """A file inside the file."""
    document.attachments["active-content.exe"] = b"MZ"


ACTIVE: dict[str, Callable[[Pdf], object]] = {
    "a script at opening": lambda one: setattr(one.Root, "OpenAction", SCRIPT),
    "a program at opening": lambda one: setattr(one.Root, "OpenAction", LAUNCH),
    "a script by name": lambda one: setattr(
        one.Root, "Names", Dictionary(JavaScript=Dictionary(Names=Array([String("x"), SCRIPT])))
    ),
    "a script of a page": lambda one: setattr(one.pages[0].obj, "AA", Dictionary(O=SCRIPT)),
    "a link that starts a program": lambda one: setattr(
        one.pages[0].obj, "Annots", Array([Dictionary(Type=Name.Annot, Subtype=Name.Link, A=LAUNCH)])
    ),
    "a bookmark that starts a program": outline,
    "a file inside": attached,
    "an author's name": lambda one: setattr(
        one, "docinfo", one.make_indirect(Dictionary(Author=String("active-content")))
    ),
}


def texts(content: bytes) -> bytes:
    """Everything in a PDF, unpacked."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as document:
        document.save(out, qdf=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return out.getvalue()


@pytest.mark.parametrize("name", ACTIVE)
def test_nothing_of_a_pdf_but_its_pages_is_kept(name: str) -> None:
    sent = a_pdf(ACTIVE[name])
    assert b"active-content" in texts(sent)
    kind, kept = reencoded(sent)
    with pikepdf.open(io.BytesIO(kept)) as document:
        assert (kind, len(document.pages)) == ("pdf", 2)
    assert [word for word in (b"active-content", b"/JavaScript", b"/Launch") if word in texts(kept)] == []


@pytest.mark.parametrize("sent", [LOOP, b"%PDF-1.7", b"%PDF-1.7\n" + b"\0" * 1000, a_pdf()[:40]])
def test_a_pdf_that_cannot_be_read_is_refused(sent: bytes) -> None:
    with pytest.RaisesExc(Refusal, check=lambda refusal: refusal.code == "broken"):
        reencoded(sent)


@pytest.mark.django_db
def test_a_pdf_is_kept_with_a_case_and_a_broken_one_leaves_no_row() -> None:
    builders.load_notice()
    people = making.staff()
    case = making.told(builders.a_candidate(), people)
    by = builders.act(people.clerk, making.STATED)
    kept = add_evidence(case.pk, by=by, title="书面说明", data=a_pdf())
    before = Evidence.objects.count()
    with pytest.RaisesExc(Refusal, check=lambda refusal: refusal.code == "broken"):
        add_evidence(case.pk, by=by, title="书面说明", data=LOOP)
    assert (kept.kind, Evidence.objects.count()) == ("pdf", before)
    with kept.file.open() as file:
        assert file.read().startswith(b"%PDF-")


def shades(image: Image.Image) -> list[tuple[int, ...]]:
    """The first row of a kept PNG of this picture."""
    out = io.BytesIO()
    image.save(out, "PNG")
    _, kept = reencoded(out.getvalue())
    with Image.open(io.BytesIO(kept)) as seen:
        return [seen.getpixel((at, 0)) for at in range(seen.width)]  # type: ignore[misc]  # RGB always


def test_sixteen_bits_of_grey_stay_shades() -> None:
    image = Image.new("I;16", (4, 1))
    for at, value in enumerate((0, 10000, 40000, 65535)):
        image.putpixel((at, 0), value)
    assert shades(image) == [(0, 0, 0), (39, 39, 39), (156, 156, 156), (255, 255, 255)]


def test_ink_on_a_clear_ground_stays_ink_on_white() -> None:
    image = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    image.putpixel((0, 0), (0, 0, 0, 255))
    assert shades(image) == [(0, 0, 0), (255, 255, 255)]

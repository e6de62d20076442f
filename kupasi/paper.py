"""A paper put together: a form laid out once, one person's words over it, photo and code placed by hand.

Laying out only what differs makes a paper several times cheaper than laying out the page; and as each file is put
together from its own parts, nobody else's photo can be in it.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import pikepdf
import segno
from PIL import Image

from . import pdf, typeface
from .slimming import slimmed

MM = 72 / 25.4
LIGHT = 60_000  # bytes of a layer from which on it carries a large font, for a rare character: cut again
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Portrait:
    """A JPEG as it is stored, and where it stands: left, top, width, height in millimetres."""

    jpeg: bytes
    box: Box


@dataclass(frozen=True, slots=True)
class Code:
    """What a QR code holds, and where it stands: left, top, width, height in millimetres."""

    text: str
    box: Box


def lay_out(html: str, *, css: str) -> bytes:
    """The PDF of HTML in the small font, styled by one sheet of `templates/pdf/`."""
    from weasyprint import HTML

    document = HTML(string=html, url_fetcher=pdf.fetcher())
    sheets = [typeface.face(), pdf.stylesheet(css)]
    return bytes(document.write_pdf(font_config=pdf.fonts(), stylesheets=sheets))


def put_together(
    form: bytes, layer: bytes, *, images: Mapping[str, Portrait | Code], title: str, author: str = ""
) -> bytes:
    """One page: the form, the layer over it, and each image under its name."""
    layer = slimmed(layer) if len(layer) > LIGHT else layer
    with pikepdf.open(io.BytesIO(form)) as paper, pikepdf.open(io.BytesIO(layer)) as words:
        page = paper.pages[0]
        page.add_overlay(words.pages[0], pikepdf.Rectangle(page.mediabox))
        for name, image in images.items():
            drawn = _photo_image(paper, image.jpeg) if isinstance(image, Portrait) else _code_image(paper, image.text)
            _place(paper, page, name, drawn, image.box)
        paper.docinfo["/Title"] = title
        if author:
            paper.docinfo["/Author"] = author
        out = io.BytesIO()
        paper.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _place(paper: pikepdf.Pdf, page: pikepdf.Page, name: str, image: pikepdf.Stream, box: Box) -> None:
    """Put an image on the page, its box counted from the top left corner."""
    left, top, width, height = box
    bottom = float(page.mediabox[3]) - (top + height) * MM
    key = page.add_resource(image, pikepdf.Name.XObject, pikepdf.Name(f"/{name}"))
    matrix = (width * MM, 0, 0, height * MM, left * MM, bottom)
    drawn = f"q {' '.join(f'{one:.3f}' for one in matrix)} cm {key} Do Q"
    page.contents_add(paper.make_stream(drawn.encode()))


def _photo_image(paper: pikepdf.Pdf, jpeg: bytes) -> pikepdf.Stream:
    """The photo as it is stored: a JPEG is put into a PDF without decoding it."""
    with Image.open(io.BytesIO(jpeg)) as image:
        width, height, grey = image.width, image.height, image.mode == "L"
    return pikepdf.Stream(
        paper,
        jpeg,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=width,
        Height=height,
        BitsPerComponent=8,
        ColorSpace=pikepdf.Name.DeviceGray if grey else pikepdf.Name.DeviceRGB,
        Filter=pikepdf.Name.DCTDecode,
    )


def _code_image(paper: pikepdf.Pdf, text: str) -> pikepdf.Stream:
    """A QR code as one bit a module, with its quiet zone."""
    code = segno.make_qr(text, error="m", mask=2)  # a fixed mask: trying all eight costs more than the layout
    rows = [bytes(row) for row in code.matrix_iter(border=2)]
    packed = b"".join(_pack(row) for row in rows)
    return pikepdf.Stream(
        paper,
        packed,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=len(rows[0]),
        Height=len(rows),
        BitsPerComponent=1,
        ColorSpace=pikepdf.Name.DeviceGray,
    )


def _pack(row: bytes) -> bytes:
    """Modules (1 is dark) to bits, dark as 0, padded to whole bytes."""
    bits = "".join("0" if module else "1" for module in row)
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")

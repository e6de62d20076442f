"""Certificates through the real job, per second of CPU, against a bare tuned WeasyPrint loop.

The reference sets the same words, photo and code in the same tuned way (fixed measures, the same fonts, shared font
configuration and style sheets, the code as PNG, fifty pages in one file); it lays the whole page out each time, and it
neither numbers, seals, stores nor tells anybody.
"""

import base64
import functools
import io
import time
from collections.abc import Callable, Iterator

import segno
from django.core.management import call_command

from bench.harness import PAIRS, Row, compare
from certificates import services
from certificates.models import Certificate
from certificates.services import papers, statements
from kupasi import pdf, typeface
from tests import builders
from tests.certificates import made

PAGES = 20
FIXED = """
.photo { position: absolute; left: 37.2mm; top: 67.2mm; width: 34.6mm; height: 49.4mm }
.png { position: absolute; left: 36mm; top: 153mm; width: 35mm; height: 35mm }
.page { position: relative; break-after: page; width: 297mm; height: 209.9mm }
.sheet { position: absolute; left: 0; top: 0 }
"""


def rows() -> Iterator[Row]:
    call_command("migrate", verbosity=0)
    builders.load_notice()
    waiting = [one.pk for one in made.waiting(*["80"] * ((PAIRS + 3) * PAGES))]
    made.a_series()
    batches = batched(waiting)
    first = next(batches)
    job(first)
    drawn = [whole_page(one) for one in Certificate.objects.filter(pk__in=first).select_related("document", "photo")]
    yield compare(
        "certificate through the real job, CPU per file",
        ours=lambda: cpu(lambda: job(next(batches))) / PAGES,
        against="bare tuned 20-page WeasyPrint loop, CPU per page",
        reference=lambda: cpu(lambda: weasy("".join(drawn))) / PAGES,
        goal=1.25,
    )


def batched(ids: list[int]) -> Iterator[tuple[int, ...]]:
    return (tuple(ids[at : at + PAGES]) for at in range(0, len(ids), PAGES))


def cpu(work: Callable[[], object]) -> float:
    """The seconds of processor that one call takes."""
    started = time.process_time()
    work()
    return time.process_time() - started


def job(ids: tuple[int, ...]) -> None:
    """As the worker does it: number, statement, paper, seal, encryption, file, rows, letter, audit."""
    for one in ids:
        services.issue(one, by=builders.act(when=made.ISSUED))


def whole_page(certificate: Certificate) -> str:
    """The same page as one piece of HTML: the form, the words on it, photo and code as images."""
    code = io.BytesIO()
    segno.make_qr(statements.scan_address(certificate.statement), error="m", mask=2).save(code, kind="png", border=2)
    images = f'<img class="png" src="{address(code.getvalue(), "png")}">'
    if certificate.photo is not None:
        with certificate.photo.file.open() as file:
            images += f'<img class="photo" src="{address(file.read(), "jpeg")}">'
    form, words = inside(papers.form_html(certificate)), inside(papers.layer_html(certificate))
    return f'<div class="page">{form}{words}{images}</div>'


def inside(html: str) -> str:
    return html.partition("<body>")[2].partition("</body>")[0]


def address(content: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def weasy(body: str) -> bytes:
    from weasyprint import HTML

    document = HTML(string=f'<html lang="zh-CN"><body>{body}</body></html>', url_fetcher=pdf.fetcher())
    sheets = [typeface.face(), pdf.stylesheet(papers.SHEET), fixed()]
    return bytes(document.write_pdf(font_config=pdf.fonts(), stylesheets=sheets))


@functools.cache
def fixed() -> object:
    """The few measures that only the reference needs; parsed once."""
    from weasyprint import CSS

    return CSS(string=FIXED, font_config=pdf.fonts())

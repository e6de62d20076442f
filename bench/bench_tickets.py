"""Admission tickets: through the real job against a bare WeasyPrint loop, and one on demand against one WeasyPrint run.

The references set the same words, photo and code in the same tuned way (fixed measures, the small font in front,
shared font configuration and style sheets, the code as PNG); they only lay the whole page out each time.
"""

import base64
import functools
import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import segno
from django.core.files.base import ContentFile
from django.core.management import call_command

from bench.harness import PAIRS, Row, compare, seconds, seconds_each
from exams import tasks
from exams.models import Entry
from exams.services import ticket_facts, ticket_pdf, ticket_people
from kupasi import pdf, typeface
from kupasi.people.models import Photo
from kupasi.people.photos import check_photo
from tests import builders
from tests.exams import seating

PAGES = 50
ON_DEMAND = 10
FIXED = """
.photo { position: absolute; left: 167.2mm; top: 38.2mm; width: 26.6mm; height: 37.4mm }
.png { position: absolute; left: 134mm; top: 38mm; width: 28mm; height: 28mm }
.sheet { break-after: page; break-inside: avoid }
.laid { position: absolute; left: 0; top: 0; width: 210mm; height: 297mm }
"""


def rows() -> Iterator[Row]:
    call_command("migrate", verbosity=0)
    builders.load_notice()
    entry_ids = seated((PAIRS + 2) * PAGES)
    batches = batched(entry_ids)
    drawn = [whole_page(gather(one)) for one in entry_ids[:PAGES]]
    yield compare(
        "ticket through the real job, per file",
        ours=lambda: job(next(batches)),
        against="bare tuned 50-page WeasyPrint loop, per page",
        reference=lambda: seconds(lambda: weasy("".join(drawn))) / PAGES,
        goal=1.25,
    )
    parts = [gather(one) for one in entry_ids[:ON_DEMAND]]
    turn, other = itertools.cycle(range(ON_DEMAND)), itertools.cycle(range(ON_DEMAND))
    yield compare(
        "ticket on demand",
        ours=lambda: seconds_each(lambda: draw(parts[next(turn)]), times=ON_DEMAND),
        against="WeasyPrint single with shared configuration",
        reference=lambda: seconds_each(lambda: weasy(drawn[next(other)]), times=ON_DEMAND),
        goal=0.8,
    )


def batched(ids: list[int]) -> Iterator[tuple[int, ...]]:
    """Fresh people for every round: a ticket is made once."""
    return (tuple(ids[at : at + PAGES]) for at in range(0, len(ids), PAGES))


def job(ids: tuple[int, ...]) -> float:
    """The task as the worker runs it: facts, paper, encryption, file, rows, letter, audit; per ticket."""
    return seconds(lambda: tasks.issue_chunk(list(ids))) / PAGES


def seated(count: int) -> list[int]:
    """People with a photo each, seated in the session of the tests."""
    session = seating.a_session(capacity=count)
    portrait = check_photo(builders.photo_bytes())
    for _ in range(count):
        entry = seating.enrolled(session)
        photo = Photo(candidate=entry.candidate, sha256="0" * 64, created_at=builders.at("2025-06-01T09:00"))
        photo.file.save("portrait.jpg", ContentFile(portrait), save=True)
        Entry.objects.filter(pk=entry.pk).update(photo=photo)
    seating.seat_all(session)
    return list(Entry.objects.order_by("pk").values_list("pk", flat=True))


@dataclass(frozen=True)
class Parts:
    """What a drawing needs, so that both sides measure the drawing alone."""

    facts: ticket_facts.TicketFacts
    holder: ticket_pdf.Holder
    house: ticket_pdf.House
    edition: ticket_pdf.Edition


def gather(entry_id: int) -> Parts:
    holder, house = ticket_people.gather([entry_id])[entry_id]
    edition = ticket_pdf.Edition(entry_id, "250701000018", 1, date(2025, 7, 9))
    return Parts(ticket_facts.gather([entry_id])[entry_id], holder, house, edition)


def draw(parts: Parts) -> bytes:
    return ticket_pdf.draw(parts.facts, holder=parts.holder, edition=parts.edition, house=parts.house)


def whole_page(parts: Parts) -> str:
    """The same page as one piece of HTML: the form, the words on it, photo and code as images."""
    form = inside(ticket_pdf.form_html(parts.facts, parts.house))
    words = inside(ticket_pdf.layer_html(parts.facts, holder=parts.holder, edition=parts.edition))
    code = io.BytesIO()
    segno.make_qr(ticket_pdf.token(parts.edition), error="m", mask=2).save(code, kind="png", border=2)
    images = f'<img class="photo" src="{address(parts.holder.photo, "jpeg")}">'
    images += f'<img class="png" src="{address(code.getvalue(), "png")}">'
    return f'<div class="sheet">{form}<div class="over">{words}</div>{images}</div>'


def inside(html: str) -> str:
    return html.partition("<body>")[2].partition("</body>")[0].replace('class="sheet', 'class="laid')


def address(content: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def weasy(body: str) -> bytes:
    from weasyprint import HTML

    document = HTML(string=f'<html lang="zh-CN"><body>{body}</body></html>', url_fetcher=pdf.fetcher())
    sheets = [typeface.face(), pdf.stylesheet("ticket.css"), fixed()]
    return bytes(document.write_pdf(font_config=pdf.fonts(), stylesheets=sheets))


@functools.cache
def fixed() -> object:
    """The few measures that only the references need; parsed once."""
    from weasyprint import CSS

    return CSS(string=FIXED, font_config=pdf.fonts())

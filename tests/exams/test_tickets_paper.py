"""The paper says what the rows say, in glyphs that exist, with one person's photo in it."""

from __future__ import annotations

import io
import re

import pikepdf
import pytest
from pypdf import PdfReader

from exams.models import AdmissionTicket, Entry
from exams.services import ticket_facts, ticket_pdf, ticket_people, tickets
from kupasi import typeface
from kupasi.signing import Forged, sign, verify
from tests.builders import a_candidate, act

from .seating import a_session, enrolled, seat_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
BY = act(when="2025-07-09T08:00", job="issue-tickets")
RARE = "张䶮㛃𬭎𫖯𠅤"


def paper(entry: Entry) -> bytes:
    """The stored file of the entry's ticket."""
    version = tickets.issue(entry.pk, by=BY)
    assert version is not None
    with version.file.open("rb") as file:
        return bytes(file.read())


def holder_of(entry: Entry) -> ticket_pdf.Holder:
    """The person as the drawing gets them."""
    return ticket_people.gather([entry.pk])[entry.pk][0]


def words(content: bytes) -> str:
    """The text of a PDF without its spaces."""
    return re.sub(r"\s", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages))


def seated_entry(name: str = "", *, photo: bool = False) -> Entry:
    session = a_session()
    entry = enrolled(session, person=a_candidate(name=name), photo=photo)
    seat_all(session)
    return entry


@pytest.mark.parametrize("name", ["测试甲", RARE, "阿依古丽·买买提", "Anna-Maria van der Berg"])
def test_the_paper_reads_back_what_the_rows_say(name: str) -> None:
    entry = seated_entry(name)
    text = words(paper(entry))
    document = entry.candidate.documents.get()
    said = [name, document.number, document.get_kind_display(), AdmissionTicket.objects.get().number]
    said += [
        "人工智能数据标注",
        "专项职业能力",
        "理论知识",
        "操作技能",
        "2025年7月12日周六",
        "09:00–11:00",
        "14:00–16:00",
    ]
    said += [
        "示例考核点",
        "上海市徐汇区示例路1号",
        "第一考场",
        "18921123057",
        "400-820-9278",
        "20分钟",
        "30分钟",
        "须知",
    ]
    assert [one for one in said if one.replace(" ", "") not in text] == []


def test_every_glyph_of_a_rare_name_exists_in_the_fonts() -> None:
    assert typeface.missing(RARE) == ""
    assert typeface.missing("张\U00013000") == "\U00013000"


def test_no_character_of_a_rare_name_is_drawn_as_a_box() -> None:
    entry = seated_entry(RARE)
    facts = ticket_facts.gather([entry.pk])[entry.pk]
    edition = ticket_pdf.Edition(1, "250701000018", 1, BY.on)
    layer = ticket_pdf.pdf_of(ticket_pdf.layer_html(facts, holder=holder_of(entry), edition=edition))
    with pikepdf.open(io.BytesIO(layer)) as pdf:
        drawn = [str(part) for part in pikepdf.parse_content_stream(pdf.pages[0], "TJ Tj")]
        shown = [bytes(one) for line in pikepdf.parse_content_stream(pdf.pages[0], "TJ Tj") for one in _strings(line)]
    assert drawn
    assert not [one for one in shown if b"\x00\x00" in [one[at : at + 2] for at in range(0, len(one), 2)]]


def test_a_ticket_of_a_rare_name_stays_small_and_its_text_reads_back() -> None:
    content = paper(seated_entry(RARE))
    assert len(content) < 200_000
    assert RARE in PdfReader(io.BytesIO(content)).pages[0].extract_text().replace(" ", "")


def _strings(line: object) -> list[pikepdf.String]:
    found: list[pikepdf.String] = []
    for operand in line.operands:  # type: ignore[attr-defined]  # an instruction of pikepdf
        items = list(operand) if isinstance(operand, pikepdf.Array) else [operand]
        found += [one for one in items if isinstance(one, pikepdf.String)]
    return found


def test_a_file_holds_one_page_one_photo_one_code_and_nobody_elses() -> None:
    session = a_session()
    people = [enrolled(session, photo=True) for _ in range(3)]
    seat_all(session)
    for entry in people:
        with pikepdf.open(io.BytesIO(paper(entry))) as pdf:
            images = [one for one in pdf.objects if isinstance(one, pikepdf.Stream) and one.get("/Subtype") == "/Image"]
            assert len(pdf.pages) == 1
            photos = [bytes(one.read_raw_bytes()) for one in images if one.get("/Filter") == "/DCTDecode"]
            assert photos == [holder_of(entry).photo]
            assert len(images) == 2


def test_a_hostile_name_is_text_and_opens_nothing() -> None:
    hostile = '<img src="file:///etc/passwd"><b>x'
    text = words(paper(seated_entry(hostile)))
    assert hostile.replace(" ", "") in text


def test_the_longest_fields_stay_on_one_page() -> None:
    entry = seated_entry("长" * 50)
    room = entry.seats.first().sitting.room
    type(room).objects.filter(pk=room.pk).update(name="楼" * 30)
    type(room.site).objects.filter(pk=room.site_id).update(name="核" * 60, address="路" * 120)
    content = paper(entry)
    assert len(PdfReader(io.BytesIO(content)).pages) == 1
    assert "长" * 50 in words(content)


def test_the_code_holds_the_ticket_and_cannot_be_forged() -> None:
    edition = ticket_pdf.Edition(77, "250701000018", 2, BY.on)
    token = ticket_pdf.token(edition)
    assert ticket_pdf.read_token(token) == ("250701000018", 2, 77)
    flipped = ("B" if token[0] == "A" else "A") + token[1:]  # never the token itself, whatever the key
    for forged in (flipped, token[:-2], sign("certificate", b"x" * 18), "", "不是码"):
        with pytest.raises(Forged):
            verify("ticket", forged)

"""The 报名表 on paper: what it says, its barcode, rare characters, one page."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from registration.models import Application
from registration.services import applications, code128
from registration.services.form_pdf import form_pdf
from registration.services.numbering import application_number, is_application_number
from tests.builders import a_candidate, a_draft, act, an_application


def read(application: Application) -> tuple[int, str]:
    """Number of pages and the text without its line breaks."""
    pages = PdfReader(io.BytesIO(form_pdf(application))).pages
    return len(pages), "".join("".join(page.extract_text().split()) for page in pages)


@pytest.mark.django_db
@pytest.mark.usefixtures("notice")
@pytest.mark.parametrize("name", ["林样例", "㐂𠮷龘", "欧阳𬭎·买买提江阿卜杜热合曼"])
def test_the_form_says_what_the_database_says_on_one_page(name: str) -> None:
    person = a_candidate(name=name)
    application = an_application(person)
    pages, text = read(application)
    assert pages == 1
    wanted = [application.number, name, person.documents.get().number, person.phone, "480.00", "2025年7月", "本人签字"]
    assert [word for word in wanted if str(word) not in text] == []


@pytest.mark.django_db
@pytest.mark.usefixtures("notice")
def test_long_particulars_stay_on_one_page() -> None:
    draft = a_draft(a_candidate(name="甲" * 50))
    identity = applications.Identity(name="甲" * 50, education="bachelor", employer="乙" * 100, needs="丙" * 100)
    applications.save_identity(draft.pk, by=act(), identity=identity)
    assert read(applications.submit(draft.pk, by=act()))[0] == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("notice")
def test_a_draft_has_no_form() -> None:
    with pytest.raises(ValueError, match="draft"):
        form_pdf(a_draft())


def test_the_bars_are_those_of_the_standard() -> None:
    assert len(set(code128.WIDTHS)) == 106
    assert {sum(map(int, widths)) for widths in code128.WIDTHS} == {11}
    assert code128.values("PJJ123C")[-1] == 55
    assert code128.values("250000000018") == [105, 25, 0, 0, 0, 0, 18, (105 + 25 + 6 * 18) % 103]


def bars(svg: str) -> list[int]:
    """The bar widths as drawn."""
    return [int(part.split("h")[1].split("v")[0]) for part in svg.split('d="')[1].split('"')[0].split("M")[1:]]


def test_a_barcode_is_drawn_and_can_be_read_back() -> None:
    number = "259876543210"
    drawn = bars(code128.svg(number))
    expected = [int(width) for value in code128.values(number) for width in code128.WIDTHS[value][::2]]
    assert drawn == [*expected, *(int(width) for width in code128.STOP[::2])]


def test_what_cannot_be_drawn_is_said() -> None:
    with pytest.raises(ValueError, match="ASCII"):
        code128.svg("编号")


@pytest.mark.parametrize("pk", [1, 42, 999_999_999])
def test_a_mistyped_number_is_noticed(pk: int) -> None:
    number = application_number(pk, act().on)
    assert is_application_number(number)
    for place in range(12):
        wrong = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
        assert not is_application_number(wrong)

"""The 报名表 on paper: A4, barcode of the number, photo, pledge, signature line (须知 一; rules E3)."""

from __future__ import annotations

import base64

from django.template.loader import render_to_string

from exams.services.settings import office_facts
from kupasi import pdf, typeface
from registration.models import Application

from . import code128, shown
from .status import papers_due


def form_pdf(application: Application) -> bytes:
    """The application form of a submitted application as a PDF; ValueError for a draft, which has no number."""
    if application.number is None or application.submitted_at is None or application.exam_session is None:
        raise ValueError("a draft has no form")
    facts = {
        "application": application,
        "person": application.candidate,
        "document": application.document,
        "photo": _picture(application),
        "barcode": code128.data_uri(application.number),
        "due": papers_due(application, exam_month=application.exam_session.exam_month),
        "office": office_facts(),
        **shown.summary(application, on=application.submitted_at.date()),
    }
    return _paper(render_to_string("pdf/application_form.html", facts))


def _paper(html: str) -> bytes:
    from weasyprint import HTML  # late: it needs system libraries

    sheets = [typeface.face(), pdf.stylesheet("base.css")]
    document = HTML(string=html, url_fetcher=pdf.fetcher())
    return bytes(document.write_pdf(font_config=pdf.fonts(), stylesheets=sheets))


def _picture(application: Application) -> str:
    """The portrait as a `data:` address."""
    if application.photo is None:
        return ""
    with application.photo.file.open() as file:
        return "data:image/jpeg;base64," + base64.b64encode(file.read()).decode()

"""The receipt of a payment as a PDF, made when it is asked for from the rows that never change."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Sum
from django.template.loader import render_to_string

from exams.services.settings import office_facts
from kupasi import pdf, typeface
from registration.models import Order, Payment
from registration.rules.words import amount_in_words


def _items(order: Order) -> list[dict[str, Any]]:
    """What is paid for, subject by subject; a roster's as one line a subject with the number of people."""
    rows = order.items.order_by("subject__order", "amount").values("subject__name", "amount")
    counted = rows.annotate(people=Count("pk"), whole=Sum("amount"))
    return [
        {"name": row["subject__name"], "amount": row["whole"], "people": row["people"] if order.roster else 0}
        for row in counted
    ]


def receipt_pdf(payment: Payment) -> bytes:
    """One A4 page: number, payer, application, items of the order, amount in figures and words."""
    from weasyprint import HTML  # late: it needs system libraries

    order = payment.order
    facts = {
        "payment": payment,
        "order": order,
        "application": order.application,
        "roster": order.roster,
        "items": _items(order),
        "words": amount_in_words(payment.amount),
        "office": office_facts(),
    }
    html = render_to_string("pdf/receipt.html", facts)
    sheets = [typeface.face(), pdf.stylesheet("base.css")]
    return bytes(HTML(string=html, url_fetcher=pdf.fetcher()).write_pdf(font_config=pdf.fonts(), stylesheets=sheets))

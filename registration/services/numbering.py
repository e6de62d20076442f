"""The number of an application: year, row and check digit, so that no counter is fought over."""

from __future__ import annotations

import re
from datetime import date

from exams.rules.tickets import check_digit

NUMBER = re.compile("[0-9]{12}")


def application_number(pk: int, on: date) -> str:
    """Twelve digits: two of the year, the row's key in nine, a check digit; unique because the key is."""
    body = f"{on:%y}{pk:09}"
    return body + check_digit(body)


def is_application_number(text: str) -> bool:
    """Whether this has the form of an application number with a right check digit (typed or scanned)."""
    return NUMBER.fullmatch(text) is not None and check_digit(text) == "0"

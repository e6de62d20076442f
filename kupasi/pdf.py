"""HTML to PDF bytes. WeasyPrint is imported late (it needs system libraries) and may fetch `data:` addresses only."""

from __future__ import annotations

import atexit
import functools
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration


@functools.cache
def fonts() -> FontConfiguration:
    """The font configuration, shared by every document of this process (making it anew costs most of a page)."""
    from weasyprint.text.fonts import FontConfiguration

    atexit.register(_forget)  # its folder of fonts can only be removed while the interpreter still stands
    return FontConfiguration()


def _forget() -> None:
    stylesheet.cache_clear()
    fonts.cache_clear()


@functools.cache
def stylesheet(name: str) -> CSS:
    """A parsed style sheet of `templates/pdf/`, kept for the life of the process."""
    from weasyprint import CSS

    path = settings.BASE_DIR / "templates" / "pdf" / name
    return CSS(string=path.read_text(encoding="utf-8"), font_config=fonts(), url_fetcher=fetcher())


@functools.cache
def fetcher() -> Any:
    """A fetcher that opens `data:` addresses and nothing else: no network, no file of this machine."""
    from weasyprint.urls import URLFetcher

    return URLFetcher(allowed_protocols=("data",))


def render(html: str, *, css: tuple[str, ...] = ("base.css",)) -> bytes:
    """The PDF of an HTML string, styled by the named sheets of `templates/pdf/`."""
    from weasyprint import HTML

    document = HTML(string=html, url_fetcher=fetcher())
    return bytes(document.write_pdf(font_config=fonts(), stylesheets=[stylesheet(name) for name in css]))

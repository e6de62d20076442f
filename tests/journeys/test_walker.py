"""The looking itself: what it is there to see, it sees."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .walker import Walker

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("opened")]
WIDE = "document.querySelector('main').insertAdjacentHTML('beforeend', `<p class=k-nowrap>${'长'.repeat(99)}</p>`)"
HARMS = [
    ("document.querySelector('main').append(new Image())", "image-alt"),
    ("document.querySelector('main').append(document.createElement('input'))", "label"),
    ("document.querySelector('main').insertAdjacentHTML('beforeend', '<p style=\"color:#fff\">x</p>')", "inline style"),
    ("fetch('https://outside.example/').catch(() => 0)", "outside.example"),
    ("setTimeout(() => { throw new Error('broken') })", "broken"),
    (WIDE, "wide on a screen"),
]


@pytest.mark.parametrize(("harm", "words"), HARMS, ids=[words for _, words in HARMS])
def test_a_harm_is_seen(phone: Callable[[], Walker], harm: str, words: str) -> None:
    walker = phone()
    walker.go("/")
    walker.page.evaluate(f"() => {{ {harm} }}")
    walker.page.wait_for_timeout(300)
    with pytest.raises(AssertionError, match=words):
        walker.look()

"""The lines of the record have words on screen."""

from __future__ import annotations

import pytest

from kupasi.audit.words import action_words, object_words


@pytest.mark.parametrize(("label", "words"), [("registration.order", "订单"), ("gone.model", "gone.model"), ("x", "x")])
def test_an_object_is_called_by_its_name_on_screen(label: str, words: str) -> None:
    assert object_words(label) == words


def test_what_has_no_words_keeps_its_code() -> None:
    assert (action_words("order.opened"), action_words("a.b")) == ("费用 · 生成订单", "a.b")

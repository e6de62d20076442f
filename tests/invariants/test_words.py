"""Every line of the record has words on screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kupasi.audit.words import WORDS, action_words, object_words

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("kupasi", "exams", "certificates", "discipline", "registration")
WRITTEN = re.compile(
    r"(?:record|compose)\(\s*[^,()]+(?:\([^()]*\))?,\s*\"([a-z_]+\.[a-z_]+)\"|action=\"([a-z_]+\.[a-z_]+)\""
)


def written() -> set[str]:
    files = [path for name in PACKAGES for path in (ROOT / name).rglob("*.py")]
    return {a or b for path in files for a, b in WRITTEN.findall(path.read_text())}


def test_every_action_has_words() -> None:
    assert len(written()) > 100
    assert written() - set(WORDS) == set()


@pytest.mark.parametrize(("label", "words"), [("registration.order", "订单"), ("gone.model", "gone.model"), ("x", "x")])
def test_an_object_is_called_by_its_name_on_screen(label: str, words: str) -> None:
    assert object_words(label) == words


def test_what_has_no_words_keeps_its_code() -> None:
    assert (action_words("order.opened"), action_words("a.b")) == ("费用 · 生成订单", "a.b")

"""The README tells the truth about commands, variables and places."""

from __future__ import annotations

import re
from pathlib import Path

from django.core.management import get_commands

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
READ = re.compile(r'(?:env(?:\.\w+)?|os\.environ(?:\.get|\.setdefault)?)[\(\[]\s*"([A-Z_]+)"')


def variables_in_code() -> set[str]:
    """Every environment variable that the product reads."""
    from kupasi.keys import NAMES

    files = [
        ROOT / name for name in ("kupasi/settings.py", "kupasi/serve.py", "kupasi/clock.py", "deploy/gunicorn.conf.py")
    ]
    found = {name for path in files for name in READ.findall(path.read_text(encoding="utf-8"))}
    return (found | set(NAMES)) - {"DJANGO_SETTINGS_MODULE"}


def test_every_variable_stands_in_the_table() -> None:
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", README, re.MULTILINE))
    assert documented == variables_in_code()


def test_every_command_is_named() -> None:
    tops = ("kupasi", "exams", "certificates", "discipline", "registration")
    ours = {path.stem for top in tops for path in (ROOT / top).glob("**/management/commands/[a-z]*.py")}
    assert ours <= set(get_commands())
    assert ours == set(re.findall(r"^\| `manage\.py (\w+)", README, re.MULTILINE))


def test_every_make_target_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)", README)) <= targets


def test_every_place_on_the_map_exists() -> None:
    rows = re.findall(r"^\| (`[a-z/`, ]+) \|", README, re.MULTILINE)
    places = [place for row in rows for place in re.findall(r"`([^`]+)`", row)]
    assert places
    assert [place for place in places if "/" in place and not (ROOT / place).is_dir()] == []

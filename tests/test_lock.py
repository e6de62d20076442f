"""The lock: every package pinned and hashed, none below its floor, none that names a place."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.txt", "requirements-dev.txt")
# Below these a known fault comes back.
FLOORS = {
    "django": (5, 2, 19),
    "djangorestframework": (3, 18, 2),
    "pillow": (13, 0, 0),
    "weasyprint": (69,),
    "celery": (5, 6),
}
PIN = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>\S+)", re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    return {m["name"]: m["version"] for m in PIN.finditer((ROOT / lock).read_text())}


def number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("name", FLOORS)
def test_no_package_is_below_its_floor(name: str, lock: str) -> None:
    assert number(pins(lock)[name]) >= FLOORS[name]


def test_django_stays_on_its_long_term_release() -> None:
    assert number(pins("requirements.txt")["django"])[:2] == (5, 2)


@pytest.mark.parametrize("lock", LOCKS)
def test_psycopg_3_is_never_beside_psycopg2(lock: str) -> None:
    names = pins(lock).keys()
    assert "psycopg2-binary" in names
    assert not {"psycopg", "psycopg-binary", "psycopg-c"} & names


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_is_pinned_and_hashed(lock: str) -> None:
    entries = re.split(r"\n(?=[a-zA-Z])", (ROOT / lock).read_text().strip())
    assert [e.splitlines()[0] for e in entries if not PIN.match(e) or "--hash=sha256:" not in e] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_names_no_place(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not re.search(r"://|--(extra-)?index|--find-links|file:", text)


def test_the_test_lock_holds_the_runtime_lock() -> None:
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_everything_asked_for_is_locked(name: str) -> None:
    asked = re.findall(r"^[a-z][a-z0-9-]*", (ROOT / f"{name}.in").read_text(), re.MULTILINE)
    assert [package for package in asked if package not in pins(f"{name}.txt")] == []

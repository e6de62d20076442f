"""Every address and method, for every role, with an own, another's and no object: what the matrix says, happens."""

from __future__ import annotations

import re
from collections import deque
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from kupasi.audit.models import Entry
from tests.api.test_schema import described_calls

from .table import METHODS, Line, Reach, addresses, lines, roles
from .world import World

pytestmark = pytest.mark.django_db
SIGN_IN = re.compile(r"^(/accounts/login/|/admin/login/|/accounts/2fa/)")
FILES = ("_export", "_packet_file")  # what is downloaded is recorded, whatever the method is called
REFUSED = {401, 403, 404}


def address(line: Line, world: World, whose: str, role: str = "") -> str:
    """Where a line leads; an address without a name is its own example."""
    if line.args == "-":
        return "/" + re.sub(r"\^?\(.*$", "nowhere", addresses()[line.url].replace("<path:object_id>", "1"))
    parts = [re.sub(r"\{(\w+)\}", lambda m: str(world.object_of(m[1], whose, role)), one) for one in line.args.split()]
    return reverse(line.url, args=parts)


def call(client: Client, method: str, path: str) -> tuple[int, str, int]:
    """Status, where it leads, and how many audit lines it wrote; whatever it did is undone."""
    cookies = dict(client.cookies.items())
    with transaction.atomic():
        before = Entry.objects.count()
        body: dict[str, Any] = {} if method == "GET" else {"data": b"{}", "content_type": "application/json"}
        if method == "POST" and not path.startswith("/api/"):
            body = {"data": {}}
        client.raise_request_exception = False
        answer = getattr(client, method.lower())(path, **body)
        if answer.status_code == 302 and not SIGN_IN.match(answer.headers["Location"]):
            answer = client.get(answer.headers["Location"])
        deque(answer if answer.streaming else (), maxlen=0)  # a file that is sent from disk is read to its end
        written = Entry.objects.count() - before
        transaction.set_rollback(True)
    client.cookies.clear()
    client.cookies.update(cookies)
    return answer.status_code, answer.headers.get("Location", ""), written


def refused(status: int, leads_to: str) -> bool:
    """Whether the caller got nothing."""
    return status in REFUSED or (status == 302 and bool(SIGN_IN.match(leads_to)))


def asked(line: Line, reach: Reach) -> tuple[str, ...]:
    """Whose objects tell something: where all or none may be reached, another's is as good as one's own."""
    if "{" not in line.args or line.who == "nobody":
        return ("own",)
    return ("own", "another's", "none") if reach is Reach.OWN else ("own", "none")


def faults(line: Line, role: str, world: World) -> list[str]:
    """What is not as the matrix says."""
    found, seen = [], {}
    reach = line.reach(role)
    for whose in asked(line, reach):
        status, leads_to, written = call(world.clients[role], line.method, address(line, world, whose, role))
        seen[whose] = (status, leads_to if refused(status, leads_to) else "")
        said = f"{role} {line.method} {line.url} {whose}: {status} {leads_to}".strip()
        if status >= 500:
            found.append(said)
        elif line.args == "-" or reach is Reach.UNJUDGED:
            continue
        elif whose == "none":
            found += [] if refused(status, leads_to) or line.who == "public" else [said]
        elif reach is Reach.ALL or (reach is Reach.OWN and whose == "own"):
            found += [said] if refused(status, leads_to) else []
        elif reach is Reach.OWN:
            found += [] if status == 404 else [said]
        elif not refused(status, leads_to) or written:
            found.append(said)
    reads = any(one.reach(role) is not Reach.NOWHERE for one in lines() if one.url == line.url)
    if not reads and len({one[0] for one in seen.values()}) > 1:
        found.append(f"{role} {line.method} {line.url} tells what exists: {seen}")
    return found


def test_every_address_has_a_line() -> None:
    assert sorted(set(addresses()) - {one.url for one in lines()}) == []


def test_no_line_is_left_of_an_address_that_is_gone() -> None:
    assert sorted({one.url for one in lines()} - set(addresses())) == []


def test_every_call_of_the_described_api_has_a_line() -> None:
    from django.urls import resolve

    listed = {(one.url, one.method) for one in lines()}
    missing = [
        (method, path) for method, path in described_calls() if (resolve(path).url_name, method.upper()) not in listed
    ]
    assert missing == []


@pytest.mark.parametrize("role", roles())
def test_each_role_gets_what_the_matrix_says(world: World, role: str) -> None:
    found = [fault for line in lines() for fault in faults(line, role, world)]
    assert not found, "\n".join(found)


def test_whoever_is_not_signed_in_is_led_to_sign_in(world: World) -> None:
    found = []
    for line in lines():
        if line.args == "-" or line.who == "-":
            continue
        status, leads_to, _ = call(world.clients[""], line.method, address(line, world, "own"))
        if line.who == "public":
            good = status < 500 and not (status == 302 and SIGN_IN.match(leads_to) and line.url != "account_logout")
        elif addresses()[line.url].startswith("api/"):
            good = status == 401
        else:
            good = status == 302 and refused(status, leads_to)
        found += [] if good else [f"{line.method} {line.url}: {status} {leads_to}"]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("role", ["", "candidate", "clerk", "supervisor", "admin"])
def test_a_method_that_is_not_named_changes_nothing_and_breaks_nothing(world: World, role: str) -> None:
    listed = {(one.url, one.method) for one in lines()}
    found = []
    for line in {one.url: one for one in lines()}.values():
        for method in METHODS:
            if (line.url, method) not in listed and not line.url.endswith(FILES):
                status, leads_to, written = call(world.clients[role], method, address(line, world, "own"))
                if status >= 500 or written:
                    found.append(f"{method} {line.url}: {status} {leads_to} {written}")
    assert not found, "\n".join(found)

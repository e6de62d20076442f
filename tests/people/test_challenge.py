"""After repeated failures from an address the browser has a task; without scripts, a wait (WB-005)."""

from __future__ import annotations

import json
from datetime import timedelta

import altcha
import pytest
from django.test import Client

from kupasi.acts import Act
from kupasi.errors import Refusal
from kupasi.people.services import challenges
from tests import builders

from .pages import sign_in, sign_up_data

pytestmark = pytest.mark.django_db
NOW = builders.at("2025-05-20T09:00")


def act(after: timedelta = timedelta()) -> Act:
    return builders.act(when=NOW + after)


def refused() -> pytest.RaisesExc[Refusal]:
    return pytest.RaisesExc(Refusal, check=lambda refusal: refusal.code == "challenge")


@pytest.fixture
def troubled() -> challenges.Challenge:
    """The task that an address gets after the failures that are free."""
    for _ in range(challenges.FREE):
        assert challenges.offer(act()) is None
        challenges.note_failure(act())
    offered = challenges.offer(act())
    assert offered is not None
    return offered


def solved(task: str) -> str:
    challenge = altcha.Challenge.from_dict(json.loads(task))
    solution = altcha.solve_challenge(challenge)
    return altcha.Payload(challenge=challenge, solution=solution).to_base64()


def test_a_solved_task_opens_once(troubled: challenges.Challenge) -> None:
    proof = solved(troubled.task)
    challenges.expect(act(), proof=proof, sealed="")
    with refused():
        challenges.expect(act(), proof=proof, sealed="")
    with refused():
        challenges.expect(act(challenges.WAIT), proof="", sealed=troubled.sealed)


def test_without_scripts_a_wait_opens_once(troubled: challenges.Challenge) -> None:
    with refused():
        challenges.expect(act(challenges.WAIT - timedelta(seconds=1)), proof="", sealed=troubled.sealed)
    challenges.expect(act(challenges.WAIT), proof="", sealed=troubled.sealed)
    with refused():
        challenges.expect(act(challenges.WAIT), proof="", sealed=troubled.sealed)


def test_an_old_task_is_worth_nothing(troubled: challenges.Challenge) -> None:
    with refused():
        challenges.expect(act(challenges.LIFE + timedelta(seconds=1)), proof=solved(troubled.task), sealed="")


@pytest.mark.parametrize("proof", ["", "x", "e30=", "W10=", "x" * 5000])
def test_made_up_proofs_are_refused(troubled: challenges.Challenge, proof: str) -> None:
    with refused():
        challenges.expect(act(), proof=proof, sealed="made:up:text")


def test_anothers_task_is_refused(troubled: challenges.Challenge) -> None:
    own = altcha.create_challenge(challenges.ALGORITHM, 1, counter=1, hmac_secret="mine", data={"at": 0, "id": "x"})
    with refused():
        challenges.expect(act(), proof=solved(json.dumps(own.to_dict())), sealed="")


def test_failures_are_forgotten_after_a_while_and_stay_with_their_address(troubled: challenges.Challenge) -> None:
    challenges.expect(act(challenges.SPAN), proof="", sealed="")
    elsewhere = Act(actor=None, at=NOW, address="192.0.2.7", job="visitor")
    assert challenges.offer(elsewhere) is None


def test_the_sign_in_page_asks_after_repeated_failures_and_tells_nothing_more(client: Client) -> None:
    person = builders.a_candidate(phone="13900003333")
    for name in ("nobody", "13900003333", "nobody-2", "nobody-3", "nobody-4"):
        assert 'id="challenge"' not in client.get("/accounts/login/").content.decode()
        sign_in(client, name, "a-wrong-passphrase")
    page = client.get("/accounts/login/").content.decode()
    assert page.count('id="challenge"') == 1
    assert "<style" not in page
    sign_in(client, "13900003333")
    assert "_auth_user_id" not in client.session
    task = challenges.offer(Act.of(client.get("/accounts/login/").wsgi_request))
    sign_in(client, "13900003333", data={"proof": solved(task.task)})
    assert client.session["_auth_user_id"] == str(person.user.pk)


def test_the_sign_up_page_asks_too(client: Client) -> None:
    for _ in range(challenges.FREE):
        client.post("/accounts/signup/", sign_up_data(number="1"))
    assert 'id="challenge"' in client.get("/accounts/signup/").content.decode()
    page = client.post("/accounts/signup/", sign_up_data())
    assert page.status_code == 200
    assert challenges.MESSAGE in page.content.decode()

"""Showing that seats were drawn as promised: seed against commitment, roster against hash, plan against plan."""

from __future__ import annotations

from dataclasses import dataclass

from exams.models import SeatingRun, SeatSeed
from exams.rules import seating_file
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal

CLAUSE = "本单位规定：编排公开抽签"


@dataclass(frozen=True, slots=True)
class Replay:
    """The plan that came out, and what it was compared with."""

    plan: bytes
    expected: str

    @property
    def is_same(self) -> bool:
        """Whether it is, byte for byte, the plan that was carried out."""
        return seating_file.sha256(self.plan) == self.expected


def run_of(exam_session_id: int, *, number: int | None = None) -> SeatingRun:
    """One arrangement of a session, the last one unless numbered. Refuses with `not_arranged`."""
    runs = SeatingRun.objects.filter(exam_session=exam_session_id).order_by("-number")
    run = (runs.filter(number=number) if number is not None else runs).first()
    if run is None:
        raise Refusal("not_arranged", "该评价场次没有这一次编排，请核对场次编号和次数。", CLAUSE)
    return run


def roster_of(run: SeatingRun) -> bytes:
    """The roster, rooms and constraints of an arrangement as they were kept. Refuses with `wrong_roster` if altered."""
    with run.roster.open("rb") as file:
        data = bytes(file.read())
    if seating_file.sha256(data) != run.roster_sha256:
        raise Refusal("wrong_roster", "保存的编排依据与当时登记的校验值不符，请联系系统管理员。", CLAUSE)
    return data


def fetch_roster(run: SeatingRun, *, by: Act) -> bytes:
    """The same for somebody who takes it away, which is recorded."""
    data = roster_of(run)
    record(by, "seating.roster_fetched", run.exam_session, after={"run": run.number, "sha256": run.roster_sha256})
    return data


def revealed_seed(exam_session_id: int, *, claimed: str = "") -> str:
    """The session's seed, or the one that somebody claims it is. Refuses with `not_revealed`, `wrong_seed`."""
    row = SeatSeed.objects.filter(exam_session=exam_session_id).first()
    secret = claimed or (row.shown if row is not None else "")
    if row is None or not secret:
        raise Refusal("not_revealed", "种子尚未公开，首场开考后公布，请届时再核对。", CLAUSE)
    if seating_file.commitment(secret) != row.sha256:
        raise Refusal("wrong_seed", "这个种子与事先公布的承诺不符。", CLAUSE)
    return secret


def replay(run: SeatingRun, *, seed: str, roster: bytes) -> Replay:
    """Draw again. Refuses with `wrong_roster` when the file is not the one that was used."""
    if seating_file.sha256(roster) != run.roster_sha256:
        raise Refusal("wrong_roster", "这份文件不是当时的编排依据（校验值不符）。", CLAUSE)
    return Replay(seating_file.replayed(roster, seed=seed), run.plan_sha256)

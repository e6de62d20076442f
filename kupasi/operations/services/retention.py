"""The daily retention job: at most one round a day, whatever the clocks do (section 10)."""

from __future__ import annotations

from kupasi.acts import Act
from kupasi.notices.services import once
from kupasi.people.services import erased_list
from kupasi.people.services.retention import Tally, run

JOB = "retention"


def daily(by: Act) -> Tally | None:
    """Today's round, or None when it was begun before; what a killed round left is tomorrow's, and lost to nobody.

    First whoever was erased after a backup that has been put back since is erased again (OP-014).
    """
    if not once(JOB, f"{by.on}", at=by.at):
        return None
    erased_list.reapply(by)
    return run(by)

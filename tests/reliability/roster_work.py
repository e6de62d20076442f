"""One step of a roster's life in a process of its own, on the database of DATABASE_URL.

`python -m tests.reliability.roster_work prepare 1000` · `work 3` (a minute that counts as now) · `take` · `state`,
which prints JSON: the file's state, its counters, its rows, and how many stand on the list.
"""

import json
import os
import sys
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kupasi.settings")
CHUNK = 50


def prepare(rows: int) -> None:
    """The notice, an institution, and a file that waits."""
    from django.core.management import call_command

    from tests import builders
    from tests.registration.rosters import made

    call_command("migrate", verbosity=0)
    builders.load_notice()
    made.sent(made.a_roster(made.a_member(made.an_institution())), made.lines(rows))


def work(minute: int) -> None:
    """What the sweep does, in small chunks."""
    from registration.services.rosters import working
    from registration.sheets.limits import Limits
    from tests import builders
    from tests.registration.rosters import made

    working.Limits = lambda **more: Limits(chunk_rows=CHUNK, **more)  # type: ignore[misc,assignment,attr-defined]
    now = builders.at(made.ON) + timedelta(minutes=minute)
    for pk in working.due(now):
        working.process(pk, by=builders.act(None, now), now=lambda: now)


def take(minute: int) -> None:
    """The clerk takes the judged file."""
    from registration.models import RosterUpload
    from registration.services import rosters
    from tests import builders
    from tests.registration.rosters import made

    upload = RosterUpload.objects.get()
    rosters.take_all(upload.pk, by=builders.act(upload.uploaded_by, made.ON))


def state(minute: int) -> None:
    """What the rows say."""
    from registration.models import RosterRow, RosterUpload

    upload = RosterUpload.objects.get()
    found = {name: getattr(upload, name) for name in ("state", "read", "judged", "stored", "valid", "new")}
    rows = RosterRow.objects.values_list("line", flat=True)
    print(
        json.dumps(found | {"rows": len(rows), "lines": len(set(rows)), "on_list": RosterRow.objects.current().count()})
    )


if __name__ == "__main__":
    import django

    django.setup()
    steps = {"prepare": prepare, "work": work, "take": take, "state": state}
    steps[sys.argv[1]](int(sys.argv[2]) if len(sys.argv) > 2 else 0)

"""Fills an embedded install (DATA_DIR) with the notice and a crowd: `python -m tests.reliability.prepare 200`.

Prints the people as JSON. A process of its own: the install is the embedded one whatever the tests use.
"""

import json
import os
import sys
from dataclasses import astuple

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kupasi.settings")


def main(count: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from tests import builders
    from tests.reliability import crowd

    call_command("migrate", verbosity=0)
    builders.load_notice()
    crowd.open_now()
    print(json.dumps([astuple(one) for one in crowd.with_drafts(count)]))


if __name__ == "__main__":
    main(int(sys.argv[1]))

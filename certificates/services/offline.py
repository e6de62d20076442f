"""What a verifier takes along: one page with the public key and the list of void certificates (rules X5)."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from exams.models import Occupation
from exams.services.settings import office_facts

from . import statements

LINK = re.compile(r'<link rel="stylesheet" href="\./([a-z0-9/.-]+\.css)">')
SCRIPT = re.compile(r'<script src="\./([a-z0-9/.-]+\.js)"></script>')
STATIC = Path(settings.BASE_DIR) / "static"


def trust(*, at: datetime) -> dict[str, Any]:
    """What the page checks with: the public keys, the signed list as it stands, the names of the occupations.

    The list is signed with the first key; certificates with any of them, as the key may have been changed since.
    """
    return {
        "keys": [one["x"] for one in statements.keys()["keys"]],
        "list": statements.status_list(at=at)["token"],
        "occupations": dict(Occupation.objects.order_by("pk").values_list("code", "name")),
    }


def page(*, at: datetime) -> str:
    """The same page as one file that works from a disk, without network: sheets and scripts are written into it."""
    html: str = render_to_string("certificates/offline_file.html", {"trust": trust(at=at), "office": office_facts()})
    html = LINK.sub(lambda found: f"<style>{_text(found[1])}</style>", html)
    return SCRIPT.sub(lambda found: f"<script>{_text(found[1])}</script>", html)


def _text(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")

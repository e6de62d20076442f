"""What the 报名表 says, as one word, so that what is handed in is what was looked at."""

from __future__ import annotations

import hashlib
import json

from registration.models import Application


def token(application: Application) -> str:
    """A hash of everything that the preview shows: what is handed in is what was looked at."""
    words = [
        application.pk, application.status, application.name, application.document_id, application.photo_id,
        application.education, application.employer, application.needs, application.occupation_id,
        application.conditions, application.pledge_id, str(application.pledged_at), application.kind,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()

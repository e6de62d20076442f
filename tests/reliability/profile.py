"""How large a load is: `PROFILE=long pytest tests/reliability` takes the full figures, the suite smaller ones."""

from __future__ import annotations

import os

LONG = os.environ.get("PROFILE") == "long"
SEEDS = range(20 if LONG else 1)
RUSH_PEOPLE, RUSH_PLACES = (500, 100) if LONG else (120, 40)  # R1
CLOSING_PEOPLE, CLOSING_READERS, CLOSING_LEAD = (300, 6, 60.0) if LONG else (40, 4, 30.0)  # R2: 2,000 reads a minute

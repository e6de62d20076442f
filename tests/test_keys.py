"""Keys from the environment: a faulty one stops the start and is repeated nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from environ import Env

from kupasi import keys


@pytest.mark.parametrize("entry", ["{key}", "a:{key}x", "a:{key},{key}", "a:short{key}", "a:ü{key}"])
def test_a_faulty_key_is_refused_and_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str) -> None:
    good: dict[str, Any] = keys.make()
    secret = good["FIELD_KEYS"].partition(":")[2]
    for name, value in {**good, "FIELD_KEYS": entry.format(key=secret)}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured) as refused:
        keys.load_keys(Env(), tmp_path, embedded=False)
    assert secret not in str(refused.value)

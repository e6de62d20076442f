"""`make bench`: runs every `bench/bench_*.py` and prints its rows, one JSON object a line; `ONLY=name` runs one.

A module offers `rows()`, which yields `bench.harness.Row`s. Each runs in a process and with a DATA_DIR of its own, so
that one cannot warm or spoil another, and never on the database that the operator's shell may name: SQLite, or with
`ON=postgres` a PostgreSQL and a Redis started for it. Exit code 1 when a module fails, 0 otherwise,
whether the goals hold or not: the lines say that.
"""

import importlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent


def names() -> list[str]:
    """The measurements there are, without their prefix."""
    return sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def run_one(name: str) -> None:
    """Print the rows of one measurement, in this process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kupasi.settings")
    import django

    django.setup()
    for row in importlib.import_module(f"bench.bench_{name}").rows():
        print(row.line(), flush=True)


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """The environment without the operator's databases, or with fresh ones where `ON=postgres` asks for them."""
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL", "KUPASI_CLOCK")}
    if os.environ.get("ON") != "postgres":
        yield environment
        return
    from kupasi import keys
    from tests.services import postgres, redis_server

    with postgres() as database, redis_server() as redis:
        yield environment | keys.make() | {
            "DATABASE_URL": database.database("kupasi"), "REDIS_URL": redis.url, "HTTPS": "0",
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
        }  # fmt: skip


def run_apart(name: str, environment: Mapping[str, str]) -> int:
    """Run one measurement in a process and a data folder of its own; its exit code."""
    with tempfile.TemporaryDirectory(prefix="kupasi-bench-") as data_dir:
        child = dict(environment) | {"DATA_DIR": data_dir, "KUPASI_BENCH_CHILD": "1", "LOG_LEVEL": "ERROR"}
        return subprocess.run([sys.executable, "-m", "bench.run", name], cwd=HERE.parent, env=child).returncode


def main(*only: str) -> int:
    """Run what is asked for, or everything."""
    unknown = set(only) - set(names())
    if unknown:
        print(f"no such measurement: {', '.join(sorted(unknown))}; there are: {', '.join(names())}", file=sys.stderr)
        return 2
    if os.environ.get("KUPASI_BENCH_CHILD"):
        run_one(only[0])
        return 0
    with servers() as environment:
        failed = [name for name in only or names() if run_apart(name, environment)]
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

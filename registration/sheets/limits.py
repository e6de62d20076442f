"""What a file may be at most, and how the process that reads it says no. Imported by that process: no Django here."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024
APART = "\uffff"  # stands between the cells of a row of texts: no character, and nothing that JSON writes otherwise
LONGEST_FRAME = 8 * MEBIBYTE  # of what the child says at once: a chunk of usual rows takes one


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes, counts and time; the child process is held to `memory_bytes` and `cpu_seconds` by the system itself.

    `rows` are those below the header, which may have `rows_above` it (a title). `wait_seconds` is how long the parent
    waits for the next piece.
    """

    file_bytes: int = 20 * MEBIBYTE
    entries: int = 500
    unpacked_bytes: int = 256 * MEBIBYTE
    ratio: int = 200
    rows: int = 100_000
    rows_above: int = 10
    columns: int = 60
    cell_chars: int = 32_767
    formulas: int = 20_000
    memory_bytes: int = 288 * MEBIBYTE
    cpu_seconds: int = 12
    wait_seconds: float = 60
    chunk_rows: int = 2000


LIMITS = Limits()


class RefusedError(Exception):
    """The file is not accepted: a code, and numbers or places that the sentence may name."""

    def __init__(self, code: str, **extra: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra

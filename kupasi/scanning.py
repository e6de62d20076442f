"""Asking a virus scanner: clamd's INSTREAM, over TCP or a local socket. Without one nobody's word is taken for it."""

from __future__ import annotations

import logging
import socket
import struct
from enum import StrEnum

from django.conf import settings

logger = logging.getLogger(__name__)
PIECE = 1 << 16
SECONDS = 10.0


class Verdict(StrEnum):
    """What a scanner says; UNKNOWN when there is none or it does not answer."""

    CLEAN = "clean"
    INFECTED = "infected"
    UNKNOWN = "unknown"


def is_set() -> bool:
    """Whether the install names a scanner (VIRUS_SCANNER)."""
    return bool(settings.VIRUS_SCANNER)


def look(data: bytes) -> Verdict:
    """The scanner's word on some bytes; what it finds in them stays with it. Not to be called inside a transaction."""
    if not is_set():
        return Verdict.UNKNOWN
    try:
        answer = _ask(data)
    except OSError as problem:
        logger.warning("the virus scanner does not answer: %s", type(problem).__name__)
        return Verdict.UNKNOWN
    if answer.endswith(b"OK"):
        return Verdict.CLEAN
    if answer.endswith(b"FOUND"):
        return Verdict.INFECTED
    logger.warning("the virus scanner gave no verdict")
    return Verdict.UNKNOWN


def answers() -> bool:
    """Whether the scanner says PONG."""
    try:
        with _connected() as line:
            line.sendall(b"zPING\0")
            return line.recv(64).startswith(b"PONG")
    except OSError:
        return False


def _ask(data: bytes) -> bytes:
    with _connected() as line:
        line.sendall(b"zINSTREAM\0")
        for start in range(0, len(data), PIECE):
            piece = data[start : start + PIECE]
            line.sendall(struct.pack(">I", len(piece)) + piece)
        line.sendall(struct.pack(">I", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < 4096:
            got = line.recv(1024)
            if not got:
                break
            answer += got
    return answer.rstrip(b"\0\n ")


def _connected() -> socket.socket:
    name: str = settings.VIRUS_SCANNER
    if name.startswith("/"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(SECONDS)
        line.connect(name)
        return line
    host, _, port = name.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=SECONDS)

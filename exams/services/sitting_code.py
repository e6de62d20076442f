"""The code on a room's papers: which sitting a sheet belongs to, signed, so that scanning it finds the sitting."""

from __future__ import annotations

import struct

from kupasi.signing import Forged, sign, verify

PURPOSE = "sitting"
TOKEN = struct.Struct(">Q")


def token(sitting_id: int) -> str:
    """What the QR code of a sheet holds."""
    return sign(PURPOSE, TOKEN.pack(sitting_id))


def read_token(text: str) -> int:
    """The sitting of a scanned sheet, or `kupasi.signing.Forged`."""
    payload = verify(PURPOSE, text)
    if len(payload) != TOKEN.size:
        raise Forged("not a sheet")
    return int(TOKEN.unpack(payload)[0])

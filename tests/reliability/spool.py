"""A folder of the embedded broker, and a writer of it as a process of its own: `python -m … FOLDER NAME HOW_MANY`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from kombu import Connection

from kupasi import file_broker

SIZE = 60_000


def channel(transport: Any, folder: Any) -> Any:
    ends = {"data_folder_in": "queue", "data_folder_out": "queue", "control_folder": "control"}
    options: dict[str, Any] = {name: str(Path(folder) / end) for name, end in ends.items()}
    options |= {
        "processed_folder": str(Path(folder) / "processed"),
        "store_processed": True,
    }  # kombu's own: not in /tmp
    for name in ("queue", "control", "processed"):
        (Path(folder) / name).mkdir(exist_ok=True)
    return Connection("filesystem://", transport=transport, transport_options=options).channel()


def message(name: str, *, size: int = 0) -> dict[str, Any]:
    properties = {"delivery_tag": name, "delivery_info": {}}
    return {"body": "x" * size, "headers": {}, "properties": properties}


def write(folder: str, name: str, how_many: int) -> None:
    """Messages one after the other, and as often this writer's line in a table that all of them share."""
    mine = channel(file_broker.Transport, folder)
    for number in range(how_many):
        mine._put("work", message(f"{name}-{number}", size=SIZE))
        mine._queue_bind("table", f"{name}-{number % 10}", "", "work")


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2], int(sys.argv[3]))

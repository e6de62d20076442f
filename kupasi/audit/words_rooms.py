"""What the lines about doors and rooms are called."""

from __future__ import annotations

ROOMS: dict[str, dict[str, str]] = {
    "入场": {
        "checkin.recorded": "扫描",
        "checkin.merged": "并入离线记录",
        "checkin.typed": "按签到表登记",
        "checkin.let_in": "监督放行",
        "checkin.noted": "离线现场记录",
        "checkin.packet": "下载离线名单",
    },
    "考场": {
        "room.counted": "登记份数",
        "room.recounted": "更正后重新登记份数",
        "room.count_confirmed": "第二人确认份数",
    },
}

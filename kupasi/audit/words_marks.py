"""What the lines about marks, rechecks and results are called on screen."""

from __future__ import annotations

MARKS: dict[str, str] = {
    "mark.corrected": "改正录入",
    "mark.entered": "录入",
    "mark.settled": "认定",
    "mark.changed": "更改",
    "mark.held": "暂缓",
    "mark.released": "解除暂缓",
    "mark.totals_stated": "填写纸面合计",
    "relation.declared": "申报回避关系",
    "relation.ended": "解除回避关系",
    "results.approved": "批准公布",
    "results.release_published": "按批准公布",
    "results.release_withdrawn": "撤回公布批准",
    "results.release_stopped": "停止公布",
    "recheck.asked": "申请复核",
    "recheck.answered": "答复复核",
    "score.review": "查看成绩",
    "mark.started_over": "重新录入",
    "results.flagged": "标出临期或逾期",
    "results.published": "公布",
}

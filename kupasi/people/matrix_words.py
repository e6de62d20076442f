"""The permission matrix in the office's words, and whether the groups still say what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth.models import Group

from .roles import ROLES, codenames, matrix

GROUPS = {
    "account": "账号",
    "role": "角色",
    "pii": "个人信息",
    "app": "申报",
    "batch": "团体申报",
    "plan": "计划与场次",
    "fee": "收费标准",
    "order": "订单",
    "refund": "退费",
    "ledger": "账目",
    "seat": "座位",
    "ticket": "准考证",
    "checkin": "入场",
    "room": "考场",
    "case": "违纪",
    "sanction": "处理",
    "score": "成绩",
    "cert": "证书",
    "verify": "查验",
    "export": "导出",
    "audit": "审计",
    "privacy": "隐私",
    "sys": "系统",
}
ACTIONS = {
    "account.own": "注册、修改本人资料、查看本人登录",
    "account.id_change": "提交后变更证件",
    "account.create_clerk": "开立、停用机构经办人",
    "account.create_staff": "开立、停用工作人员账号",
    "role.grant": "授予、收回角色",
    "pii.full_id": "查看完整证件号码（须写明理由）",
    "pii.photo": "查看照片",
    "app.create_self": "本人申报",
    "app.create_counter": "现场代为录入（本人签字）",
    "batch.upload": "上传名单",
    "batch.confirm": "确认并提交名单（非本人上传）",
    "app.review": "审核、退回（非本人录入）",
    "app.withdraw": "编排前撤回",
    "app.late": "逾期受理（须写明理由）",
    "plan.edit": "申报时间段、场次与名额",
    "fee.edit": "收费标准",
    "order.pay": "缴费",
    "order.mark_paid": "登记线下到账",
    "refund.ask": "申请退费",
    "refund.approve": "批准、支付退费",
    "ledger.read": "查看订单、回执、差异",
    "seat.arrange": "考场、座位与编号",
    "ticket.release": "发放准考证（考前三天）",
    "ticket.read": "下载准考证",
    "checkin.scan": "扫码入场",
    "checkin.override": "放行被拦下的人",
    "room.record": "缺考、起止时间、考场记录",
    "case.open": "登记违纪",
    "case.evidence": "补充证据（须第二人签字）",
    "case.statement": "陈述申辩",
    "case.decide_23": "决定：取消科目或当次成绩、当年不得参加",
    "case.decide_4": "决定：两年或五年不得参加（两人）",
    "case.appeal": "申请复核、复核决定（第三人）",
    "sanction.lift": "解除、缩短处理",
    "score.enter": "录入成绩（匿名编号）",
    "score.second": "第二次录入、仲裁（另一人）",
    "score.review": "对照答卷核查",
    "score.publish": "发布已锁定的成绩",
    "score.change_published": "更改已公布的成绩",
    "score.read": "公布后查看成绩",
    "cert.approve": "批准发证名单",
    "cert.print": "打印、发放、登记领取",
    "cert.revoke": "作废证书",
    "cert.reissue": "补发证书",
    "verify.public": "公开查验（遮盖）",
    "export.masked": "导出遮盖名单",
    "export.full": "导出完整号码（报送）",
    "audit.read": "查看审计记录",
    "audit.verify": "核对审计链、留存外部日根",
    "privacy.erase": "删除、更正个人资料",
    "sys.settings": "邮件、短信、存储、限额",
    "sys.pay_keys": "支付密钥与回调地址",
    "sys.crypto_keys": "更换、恢复密钥（两人）",
    "sys.restore": "以备份覆盖生产数据",
    "sys.logs": "运行日志（无个人信息）",
    "sys.impersonate": "以他人身份操作",
}
LETTERS = {
    "O": "本人",
    "T": "本机构",
    "R": "本考场或所派任务",
    "Y": "可以",
    "L": "可看，留痕",
    "m": "遮盖后可看",
    "A": "可提出",
    "V": "批准他人提出的",
}


def cell_words(cell: str) -> str:
    """What a cell says, letter by letter; nothing for '-'."""
    if cell == "V+V":
        return "须两人批准"
    return "；".join(LETTERS[letter] for letter in cell if letter in LETTERS)


@dataclass(frozen=True, slots=True)
class Line:
    """One action: its words, and per role the cell with its words and whether the group holds just that."""

    action: str
    group: str
    what: str
    cells: tuple[tuple[str, str, str, bool], ...]


def lines() -> Iterator[Line]:
    """The whole matrix; a role whose group was altered since the last migration is told apart."""
    held = {
        group.name: {one.codename for one in group.permissions.all()}
        for group in Group.objects.filter(name__in=ROLES).prefetch_related("permissions")
    }
    for action, row in matrix().items():
        every = codenames(action, "OAV")
        cells = tuple(
            (label, row[role], cell_words(row[role]), held.get(role, set()) & every == codenames(action, row[role]))
            for role, label in ROLES.items()
        )
        yield Line(action, GROUPS[action.split(".")[0]], ACTIONS[action], cells)

"""The catalogue of settings: every rule decided here because the notice is silent, with its default and its clause."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SettingSpec:
    """One setting: its key, default, group, label and the clause or rule that it stands on."""

    key: str
    default: int | str | bool
    group: str
    label: str
    clause: str = ""


CATALOGUE: tuple[SettingSpec, ...] = (
    SettingSpec("minimum_age", 16, "申报", "最低年龄（周岁）", "通知 二(一)"),
    SettingSpec("payment_extra_days", 0, "申报", "申报截止后可继续缴费的天数", "本单位规定：缴费期限"),
    SettingSpec(
        "payment_grace_working_days", 2, "申报", "截止日或之后审核通过的缴费宽限（工作日）", "本单位规定：缴费期限"
    ),
    SettingSpec("payment_warning_hours", 48, "申报", "缴费截止前多少小时提醒", "本单位规定：缴费期限"),
    SettingSpec("phone_shared_limit", 5, "申报", "同一手机号最多关联的人数，超过需人工核对", "本单位规定：一人一档"),
    SettingSpec("roster_most_rows", 100_000, "申报", "团体名单一个文件最多多少行", "通知 二(二)"),
    SettingSpec("roster_keep_days", 90, "申报", "未提交的团体名单在时间段截止后保留多少天", "个人信息处理说明"),
    SettingSpec(
        "disruption_answer_days", 5, "申报", "场次取消或改期后选择改期或退费的期限（工作日）", "本单位规定：取消与改期"
    ),
    SettingSpec("ticket_days_before", 3, "准考证", "考前几天制作准考证", "通知 二(五)"),
    SettingSpec("doors_open_minutes", 20, "准考证", "开考前几分钟入场", "本单位规定：入场与迟到时间"),
    SettingSpec("late_entry_minutes", 30, "准考证", "开考后几分钟停止入场", "本单位规定：入场与迟到时间"),
    SettingSpec("result_working_days", 20, "成绩", "成绩公布期限（工作日）", "通知 三"),
    SettingSpec("result_working_days_marking", 30, "成绩", "涉及阅卷或工件检测的期限（工作日）", "通知 三"),
    SettingSpec("due_soon_working_days", 5, "成绩", "临期提醒提前（工作日）", "通知 三"),
    SettingSpec("recheck_working_days", 10, "成绩", "申请成绩复核期限（工作日）", "本单位规定：成绩复核"),
    SettingSpec("recheck_answer_working_days", 10, "成绩", "答复成绩复核期限（工作日）", "本单位规定：成绩复核"),
    SettingSpec("outlier_level_percent", 5, "成绩", "合格率提示的显著性水平（%，校正后）", "本单位规定：成绩公布条件"),
    SettingSpec("retake_years", 2, "补考", "补考有效期（年）", "通知 四(一)"),
    SettingSpec("hearing_working_days", 5, "违纪", "陈述申辩期限（工作日）", "本单位规定：违纪处理程序"),
    SettingSpec("review_days", 15, "违纪", "申请复核期限（天）", "本单位规定：违纪处理程序"),
    SettingSpec("complaint_working_days", 15, "违纪", "投诉举报答复期限（工作日）", "通知 六(四)"),
    SettingSpec("complaint_contact_days", 180, "违纪", "答复后多少天删除投诉人的姓名和联系方式", "规则 10"),
    SettingSpec("public_notice_days", 30, "违纪", "公告送达：公告之日起几天视为送达", "本单位规定：违纪处理程序"),
    SettingSpec("issuer_name", "上海库帕思科技有限公司", "机构", "评价机构", "通知 一"),
    SettingSpec("office_address", "上海市徐汇区龙台路180号模速空间A区2层204-205室", "机构", "受理地址", "通知 六(一)"),
    SettingSpec("office_hours", "09:30-11:00,13:30-16:30", "机构", "工作日受理时间", "通知 六(二)"),
    SettingSpec("office_phone", "18921123057", "机构", "咨询电话", "通知 六(三)"),
    SettingSpec("supervision_phone", "15002100888", "机构", "本机构监督电话", "通知 六(四)"),
    SettingSpec("authority_phone", "400-820-9278", "机构", "市职业技能鉴定中心监督电话", "通知 六(四)"),
    SettingSpec("backup_hour", 3, "运行", "每天几点自动备份（0–23；24 为不自动备份）", "规则 10"),
    SettingSpec("backup_keep", 14, "运行", "自动备份保留最近几份", "规则 10"),
    SettingSpec("bank_account", "", "机构", "转账账户（显示在缴费页）", "通知 二(四)"),
)
BY_KEY = {one.key: one for one in CATALOGUE}

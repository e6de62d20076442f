"""Plain beginnings for the files of the two registers; the office fits columns and codes to what they ask for."""

from typing import Any

from django.db import migrations

REGISTERS = ("随申办", "技能人才评价工作网")
CODES = {"valid": "有效", "void": "作废", "normal": "正常", "absent": "缺考", "cancelled": "成绩取消"}
COLUMNS = {
    "certificates": [
        ["证书编号", "number"], ["姓名", "name"], ["证件类型", "document_kind"], ["证件号码", "document_number"],
        ["职业", "occupation"], ["等级", "level"], ["发证日期", "issued_on"], ["状态", "status"],
    ],
    "results": [
        ["准考证号", "ticket"], ["姓名", "name"], ["证件类型", "document_kind"], ["证件号码", "document_number"],
        ["职业", "occupation"], ["科目", "subject"], ["成绩", "value"], ["状态", "status"], ["公布日期", "published_on"],
    ],
}  # fmt: skip


def begin(apps: Any, editor: Any) -> None:
    mappings = apps.get_model("certificates", "RegisterMapping")
    for name in REGISTERS:
        for content, columns in COLUMNS.items():
            rows = [[title, source, CODES if source == "status" else {}] for title, source in columns]
            mappings.objects.get_or_create(name=name, content=content, defaults={"columns": rows})


class Migration(migrations.Migration):
    dependencies = [("certificates", "0005_registers_and_stock")]
    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]

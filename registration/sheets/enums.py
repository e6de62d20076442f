"""The columns of a roster, how grave a finding is, and what people are told about files, free of Django."""

from __future__ import annotations

from kupasi.people.enums import Choice


class Column(Choice):
    """A roster's columns by the words of the contract; `row_id` is the hidden one of our own workbook."""

    NAME = "name", "姓名"
    DOCUMENT_KIND = "document_kind", "证件类型"
    NUMBER = "number", "证件号码"
    SEX = "sex", "性别"
    BIRTH_DATE = "birth_date", "出生日期"
    EDUCATION = "education", "文化程度"
    PHONE = "phone", "手机"
    EMPLOYER = "employer", "工作单位"
    CLASS_NAME = "class_name", "班级"
    OCCUPATION = "occupation", "申报职业"
    EXAM_KIND = "exam_kind", "考核类型"
    SUBJECTS = "subjects", "考核科目"
    NOTE = "note", "备注"
    ROW_ID = "row_id", "行标识"


REQUIRED = (Column.NAME, Column.DOCUMENT_KIND, Column.NUMBER, Column.PHONE, Column.OCCUPATION)


class Level(Choice):
    """How grave a finding is: only an error keeps a row or a file from being taken."""

    ERROR = "error", "错误"
    WARNING = "warning", "提醒"
    NOTE = "note", "说明"

"""The catalogue of breaches: 须知 一 to 四 in our own plain words (rules S1–S4)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClauseFact:
    """One item of 须知: its code, which paragraph (1–4) it belongs to, and what it asks for before it is applied."""

    code: str
    tier: int
    text: str
    needs_reminder: bool = False
    false_materials: bool = False

    @property
    def needs_severity(self) -> bool:
        """须知 四: lesser or serious has to be reasoned (S4)."""
        return self.tier == 4

    @property
    def citation(self) -> str:
        """How the clause is cited, such as 须知 三2."""
        return f"须知 {self.code}"


CLAUSES = (
    ClauseFact("一", 1, "不符合申报条件，或申报材料不真实", false_materials=True),
    ClauseFact("二1", 2, "带了不许带的物品入座，或没有放到指定位置，提醒后仍不改", needs_reminder=True),
    ClauseFact("二2", 2, "没有坐在自己的座位（考位），或擅自离开，提醒后仍不改", needs_reminder=True),
    ClauseFact("二3", 2, "在考场范围内喧哗、吸烟或扰乱秩序，提醒后仍不改", needs_reminder=True),
    ClauseFact("二4", 2, "其他违反考场规则、还不算作弊的行为"),
    ClauseFact("三1", 3, "考试中使用不许用的电子设备"),
    ClauseFact("三2", 3, "抄袭，或帮别人抄袭"),
    ClauseFact("三3", 3, "故意损坏试卷、工件或考试材料"),
    ClauseFact("三4", 3, "擅自把试题、答卷或其内容带出考场"),
    ClauseFact("三5", 3, "其他作弊行为，没有严重干扰他人"),
    ClauseFact("四1", 4, "以虚假承诺、虚假材料等不正当手段取得参评资格", false_materials=True),
    ClauseFact("四2", 4, "考前以不正当手段得到或传播试题、答案"),
    ClauseFact("四3", 4, "抢夺、偷取他人试卷，胁迫他人配合作弊，或调换工具、工件"),
    ClauseFact("四4", 4, "找人替考，或替别人考试"),
    ClauseFact("四5", 4, "串通作弊，或参与有组织的作弊"),
    ClauseFact("四6", 4, "故意损坏设备、材料，造成事故、人员受伤或主要部件损坏"),
    ClauseFact("四7", 4, "其他影响恶劣、严重扰乱评价秩序的行为"),
)
BY_CODE = {clause.code: clause for clause in CLAUSES}


def clause_named(code: str) -> ClauseFact | None:
    """The clause of a code such as 四2, also written 须知 四 2 or with a full-width digit; None when there is none."""
    plain = unicodedata.normalize("NFKC", code[:20]).replace(" ", "").removeprefix("须知")
    return BY_CODE.get(plain)

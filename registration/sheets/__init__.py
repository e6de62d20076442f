"""Rosters as files, without a database: guarding, reading, judging, writing (通知 二(二), contract 'Roster columns').

Reading    `reading.read_workbook(content, preset=…, limits=…)` → `Reading`: a context manager that has judged the
           file and its header; `.rows_expected`, `.findings`, `.meta`, and `.chunks()`, lists of `cells.SheetRow`.
           Raises `cells.FileRefusedError` whose `.finding` tells why. The parsing happens in a child process.
Judging    `registration.rules.roster_rows.judge_row(row.cells, rules=RowRules(…), misfit=row.misfit)` → `RowAnswer`
           (values, typed, findings, identity); `registration.rules.roster_file.Ledger` knows what repeats in the file:
           `ledger.add(line, answer)` → findings of this row, `ledger.earlier()` → those of rows already handed out.
Writing    `template.write_template(…)` the workbook for one institution and window; `marked.write_marked(…)` the same
           rows back with every mistake marked.
Photos     `photo_zip.read_photos(…)` a zip of portraits, matched to the rows.
"""

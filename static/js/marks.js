// The marking grid by keyboard: Enter and the arrows move between papers, q says absent, limits and totals show at once.
"use strict";
(() => {
  const form = document.querySelector("[data-mark-grid]");
  if (!form) return;
  const fields = [...form.querySelectorAll("[data-mark]")];
  const live = document.querySelector("[data-live]");
  const pattern = /^(?:100(?:\.0)?|[1-9]?[0-9](?:\.[0-9])?)$/;
  const absent = new Set(["缺考", "缺", "q", "Q", "absent"]);

  const fits = (text) => text === "" || absent.has(text) || pattern.test(text);

  const count = () => {
    const marks = fields.map((field) => field.value).filter((text) => pattern.test(text));
    const tenths = marks.reduce((sum, text) => sum + Math.round(Number(text) * 10), 0);
    document.querySelector("[data-live-count]").textContent = String(fields.filter((field) => field.value !== "").length);
    document.querySelector("[data-live-sum]").textContent = (tenths / 10).toFixed(1);
  };

  const go = (field, step) => {
    const next = fields[fields.indexOf(field) + step];
    if (next) {
      next.focus();
      next.select();
    }
  };

  form.addEventListener("keydown", (event) => {
    if (!fields.includes(event.target)) return;
    if (event.key === "Enter" || event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      go(event.target, event.key === "ArrowUp" ? -1 : 1);
    }
  });
  form.addEventListener("paste", (event) => {
    const start = fields.indexOf(event.target);
    const text = event.clipboardData ? event.clipboardData.getData("text/plain") : "";
    const lines = text.replace(/\r/g, "").replace(/\n+$/, "").split("\n");
    if (start < 0 || (lines.length === 1 && !text.includes("\t"))) return;
    event.preventDefault();
    const byTicket = new Map(fields.map((field) => [field.dataset.mark, field]));
    let filled = 0;
    lines.forEach((line, at) => {
      const cells = line.split("\t");
      const field = cells.length > 1 ? byTicket.get(cells[0].trim()) : fields[start + at];
      if (field) {
        field.value = cells.length > 1 ? cells[1] : cells[0];
        filled += 1;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
    });
    const rest = lines.length - filled;
    const told = document.querySelector("[data-pasted]");
    if (told) told.textContent = `粘贴 ${lines.length} 行，填入 ${filled} 行${rest ? `，有 ${rest} 行没有对应的答卷，请核对` : ""}。`;
  });
  form.addEventListener("input", (event) => {
    if (event.target.value === "q" || event.target.value === "Q") event.target.value = "缺考";
    if (fields.includes(event.target)) event.target.toggleAttribute("aria-invalid", !fits(event.target.value));
    count();
  });
  live.hidden = false;
  count();
  const first = fields.find((field) => field.hasAttribute("aria-invalid")) || fields.find((field) => field.value === "");
  (first || fields[0])?.focus();
})();

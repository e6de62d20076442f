// The sheet by keyboard: Enter and the arrows move between seats; a digit goes on to the next seat by itself.
"use strict";
(() => {
  const form = document.querySelector("[data-sheet]");
  if (!form) return;
  const fields = [...form.querySelectorAll("[data-cell]")];
  const go = (field, step) => {
    const next = fields[fields.indexOf(field) + step];
    if (next) {
      next.focus();
      next.select();
    }
  };
  form.addEventListener("keydown", (event) => {
    if (!fields.includes(event.target) || !["Enter", "ArrowDown", "ArrowUp"].includes(event.key)) return;
    event.preventDefault();
    go(event.target, event.key === "ArrowUp" ? -1 : 1);
  });
  form.addEventListener("input", (event) => {
    if (!fields.includes(event.target)) return;
    const known = ["1", "2", "3"].includes(event.target.value);
    event.target.toggleAttribute("aria-invalid", event.target.value !== "" && !known);
    if (known) go(event.target, 1);
  });
  (fields.find((field) => field.hasAttribute("aria-invalid")) || fields.find((field) => field.value === "") || fields[0])?.focus();
})();

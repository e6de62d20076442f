// Keys for people who work through many papers. Every key has a button or link that does the same.
"use strict";
(() => {
  const typing = (node) => node instanceof HTMLElement && (node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const found = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!found) return;
    event.preventDefault();
    found.focus();
    if (found.tagName === "SUMMARY") {
      const box = found.parentElement;
      box.open = true;
      box.querySelector("input:not([type=hidden])")?.focus();
    } else if (found.tagName === "A") {
      found.click();
    }
  });
  // At the counter Enter goes on to the next field, so that nothing is sent half filled in; buttons still send.
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.key !== "Enter" || !(field instanceof HTMLInputElement) || field.name === "number") return;
    const form = field.closest("form[data-onward]");
    if (!form || /^(submit|file|checkbox)$/.test(field.type)) return;
    const all = [...form.querySelectorAll("input:not([type=hidden]), select, button")].filter((one) => one.offsetParent);
    event.preventDefault();
    all[all.indexOf(field) + 1]?.focus();
  });
  // A form that writes is sent once, however often Enter is pressed.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
  document.querySelector("[data-focus] .o-bad input, [data-focus] input[autofocus]")?.focus();
})();

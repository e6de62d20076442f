/* The safety check after repeated failures: it solves itself. Without it a wait of 30 seconds does. */
(() => {
  "use strict";
  const place = document.getElementById("challenge");
  if (!place || !window.$altcha || !window.isSecureContext) {
    if (place) place.textContent = "失败次数较多：请在本页停留 30 秒后再提交。";
    return;
  }
  window.$altcha.algorithms.set("PBKDF2/SHA-256", () => new Worker(place.dataset.worker));
  const widget = document.createElement("altcha-widget");
  const quiet = { hideLogo: true, hideFooter: true, humanInteractionSignature: false, disableAutoFocus: true };
  widget.setAttribute("configuration", JSON.stringify(quiet));
  widget.setAttribute("challenge", place.dataset.task);
  widget.setAttribute("name", "proof");
  widget.setAttribute("language", "zh-cn");
  widget.setAttribute("auto", "onload");
  widget.setAttribute("workers", "1");
  place.append(widget);
})();

/* Small help on the application pages; everything works without it. */
(() => {
  "use strict";
  const pressed = new Set();
  for (const form of document.querySelectorAll("form[data-once]")) {
    form.addEventListener("submit", () => {
      window.setTimeout(() => {
        for (const button of form.querySelectorAll("button[type=submit]:not(:disabled)")) {
          button.disabled = true;
          pressed.add(button);
        }
      }, 0);
    });
  }
  window.addEventListener("pageshow", () => {
    for (const button of pressed) button.disabled = false;
    pressed.clear();
  });

  const input = document.querySelector("input[data-photo]");
  const look = document.getElementById("photo-look");
  if (!input || !look) return;
  const warning = document.getElementById("photo-warning");
  const picture = document.getElementById("photo-preview");
  const say = (text) => { warning.textContent = text; };
  let address = "";
  input.addEventListener("change", () => {
    const file = input.files[0];
    if (address) URL.revokeObjectURL(address);
    look.hidden = !file;
    if (!file) return;
    say("");
    if (!["image/jpeg", "image/png"].includes(file.type)) say("只接受 JPG 或 PNG 格式的照片。");
    else if (file.size > 10 * 1024 * 1024) say("照片超过 10 MB，请先缩小。");
    address = URL.createObjectURL(file);
    picture.onload = () => {
      picture.hidden = false;
      const ratio = picture.naturalWidth / picture.naturalHeight / (295 / 413);
      if (picture.naturalWidth < 295 || picture.naturalHeight < 413) say("照片太小，至少需要 295×413 像素。");
      else if (Math.abs(ratio - 1) > 0.125) say("照片应为竖版一寸照比例，请裁剪后再选。");
    };
    picture.onerror = () => {
      picture.hidden = true;
      say("这张图片打不开，请换一张 JPG 或 PNG 格式的照片。");
    };
    picture.src = address;
  });
})();

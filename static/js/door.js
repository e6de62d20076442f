// The door by script: the answer comes into the page, the field is always ready, and without network the device answers.
"use strict";
(() => {
  const door = document.getElementById("door");
  const store = window.kupasiDoor;
  if (!door || !store) return;
  const find = (name) => door.querySelector(`[data-${name}]`);
  const form = find("door-scan");
  const field = document.getElementById("scan");
  const place = document.getElementById("door-answer");
  const sitting = Number(door.dataset.sitting);
  const nonce = () => crypto.randomUUID?.() || Array.from(crypto.getRandomValues(new Uint8Array(16)), (one) => one.toString(16).padStart(2, "0")).join("");
  const WAIT = 8000;
  let key = null;
  let packet = null;
  let skew = 0;
  let device = "";
  try {
    device = localStorage.getItem("kupasi-door-device") || nonce().slice(0, 8);
    localStorage.setItem("kupasi-door-device", device);
  } catch { /* a browser that keeps nothing has no name */ }

  const make = (tag, text, name) => {
    const one = document.createElement(tag);
    if (text) one.textContent = text;
    if (name) one.className = name;
    return one;
  };
  const ready = () => {
    field.value = "";
    field.focus({ preventScroll: true });
  };
  const banner = (text) => {
    find("net").textContent = text;
    find("net").hidden = !text;
  };
  const tell = async (text) => {
    const waiting = store.able ? (await store.rows(sitting)).length : 0;
    const left = waiting ? `还有 ${waiting} 条离线记录待上传${key ? "。" : "，请输入离线口令打开。"}` : "";
    banner([text, left].filter(Boolean).join(" "));
  };

  // One button on the page stands out: to let in whoever is shown, else to look.
  const weigh = () => {
    const waits = Boolean(place.querySelector("button.btn-primary"));
    form.elements.act.classList.toggle("btn-primary", !waits);
    form.elements.act.classList.toggle("btn-outline-primary", waits);
  };

  // --- with network ------------------------------------------------------------------------------------------------
  const send = async (body) => {
    const answer = await fetch(location.pathname, { method: "POST", body, headers: { "X-Door": "1" }, signal: AbortSignal.timeout(WAIT) });
    if (answer.redirected) {
      location.assign(answer.url);
      return null;
    }
    if (!answer.ok) return `<div class="k-door-answer k-door-bad"><p>没有得到答复（${answer.status}）。请刷新页面或重新登录后再扫。</p></div>`;
    return answer.text();
  };
  const ask = async (body) => {
    let html;
    try {
      html = await send(body);
    } catch {
      await alone(body);
      return;
    }
    if (html === null) return;
    place.innerHTML = html;
    weigh();
    if (place.querySelector('[data-tone="bad"]')) navigator.vibrate?.(200);
    form.elements.nonce.value = nonce();
    ready();
    await upload();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    const waiting = place.querySelector("[data-door-act] button[value=enter], [data-alone-enter]");
    if (!text && waiting) {
      waiting.click();
      return;
    }
    if (!text) {
      ready();
      return;
    }
    const body = new FormData(form);
    body.set("act", "look");
    body.set("device", device);
    ask(body);
  });
  place.addEventListener("submit", (event) => {
    const asked = event.target.closest("[data-door-act]");
    if (!asked) return;
    event.preventDefault();
    const body = new FormData(asked);
    body.set("act", event.submitter?.value || "enter");
    body.set("device", device);
    ask(body);
  });
  // A wedge types wherever the focus is: a key outside any field goes to the scan field.
  document.addEventListener("keydown", (event) => {
    const busy = event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT|BUTTON|A|SUMMARY)$/.test(event.target.tagName);
    if (!busy && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) field.focus();
  });

  // --- without network ---------------------------------------------------------------------------------------------
  const now = () => Date.now() + skew;
  const mine = async () => Promise.all((await store.rows(sitting)).map((row) => store.unseal(key, row)));
  const show = (tone, word, said, person) => {
    const box = make("div", "", `k-door-answer k-door-${tone}`);
    box.dataset.tone = tone;
    const mark = { good: "✓", warn: "!", bad: "✕" }[tone];
    box.append(make("p", `${mark} ${word}`, "k-door-word"));
    if (person) {
      const who = make("div", "", "k-door-person");
      if (person.photo) {
        const picture = make("img");
        Object.assign(picture, { src: person.photo, alt: "准考证照片", width: 118, height: 165 });
        who.append(picture);
      } else {
        who.append(make("span", "无照片", "k-seat-nophoto"));
      }
      const words = make("p");
      words.append(make("b", person.name, "k-door-name"), make("span", `证件尾号 ${person.tail}`), make("span", `${person.word} ${person.number} 号`));
      if (person.needs) words.append(make("span", `特殊需要：${person.needs}`));
      who.append(words);
      box.append(who);
    }
    box.append(make("p", said));
    place.replaceChildren(box);
    weigh();
    if (tone === "bad") navigator.vibrate?.(200);
    return box;
  };
  const keep = async (row) => {
    const sealed = await store.seal(key, row);
    await store.add({ nonce: row.nonce, sitting, ...sealed });
    await tell("没有网络：记录存在这台设备上，联网后自动上传。");
  };
  const scanRow = (answer, text, said, word) =>
    ({ kind: "scan", nonce: word, text, at: new Date(now()).toISOString(), said, device, seat: answer.person?.seat });
  const entering = async (answer, text, word) => {
    await keep(scanRow(answer, text, answer.result, word));
    show(answer.result === "ok" ? "good" : "warn", "已入场（离线）", `请到${answer.person.word} ${answer.person.number} 号就座。`, answer.person);
    ready();
  };
  const refusing = async (answer, text, word) => {
    await keep(scanRow(answer, text, "mismatch", word));
    show("bad", packet.words.mismatch, "没有入场。请在下面记下现场情况，联网后用来填写违纪记录。", answer.person);
    document.getElementById("note-seat").value = String(answer.person.number);
    document.getElementById("note-text").focus();
  };
  const alone = async (body) => {
    const text = String(body.get("text")).trim();
    if (!packet || !key) {
      show("bad", "没有网络", `离线名单没有打开，不能核验。请输入离线口令，或用纸质签到表（编号 K${sitting}）登记。`);
      ready();
      return;
    }
    const answer = await store.judge(packet, await mine(), text, now());
    const word = String(body.get("nonce")) || nonce();
    form.elements.nonce.value = nonce();
    const lets = answer.result === "ok" || answer.result === "late";
    if (lets && body.get("act") === "enter") {
      await entering(answer, text, word);
      return;
    }
    if (lets && body.get("act") === "refuse") {
      await refusing(answer, text, word);
      return;
    }
    const box = show({ ok: "good", late: "warn", early: "warn" }[answer.result] || "bad", `${packet.words[answer.result]}（离线）`, answer.said, answer.person);
    if (!lets) await keep(scanRow(answer, text, answer.result, word));
    else {
      const enter = make("button", "相符，入场", "btn btn-primary");
      const refuse = make("button", "人证不符，拒绝入场", "btn btn-outline-danger");
      enter.dataset.aloneEnter = "";
      enter.addEventListener("click", () => entering(answer, text, word), { once: true });
      refuse.addEventListener("click", () => refusing(answer, text, word), { once: true });
      const both = make("div", "", "k-actions");
      both.append(enter, refuse);
      box.append(both);
    }
    weigh();
    ready();
    await tell("没有网络：按离线名单核验。");
  };

  // --- the packet --------------------------------------------------------------------------------------------------
  const offlineForm = find("offline-form");
  const goes = find("offline-go");
  const pin = document.getElementById("pin");
  const state = (text) => { find("offline-state").textContent = text; };
  const opened = (found, at) => {
    packet = found;
    skew = at;
    offlineForm.hidden = true;
    find("note-form").hidden = false;
    state(packet ? `离线名单已打开：${packet.people.length} 人。断网后继续在上面扫描即可。` : "离线记录已打开，联网后自动上传。");
  };
  const download = async (code) => {
    const answer = await fetch(door.dataset.packet, { signal: AbortSignal.timeout(60000) });
    if (answer.redirected) throw new Error("请重新登录后再下载。");
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.detail);
    const at = Date.parse(found.now) - Date.now();
    const waiting = (await store.rows(sitting)).length > 0; // rows that wait open with the old code alone
    const old = waiting ? await store.packetOf(sitting) : null;
    const salt = old?.salt || crypto.getRandomValues(new Uint8Array(16));
    const made = await store.derive(code, salt);
    if (old) await store.unseal(made, old.check).catch(() => { throw new Error("口令与这台设备上的离线记录不符，请再试。"); });
    const check = await store.seal(made, "door");
    await store.keepPacket({ sitting, on: found.on, skew: at, salt, check, page: location.pathname, ...(await store.seal(made, found)) });
    key = made;
    opened(found, at);
    await shell().catch(() => state("名单已打开，但这一页没有存好：断网后请不要刷新或关闭。"));
  };
  const shell = async () => {
    await navigator.serviceWorker?.register(door.dataset.worker);
    const kept = await caches.open("kupasi-door-1");
    const page = await fetch(`${location.pathname}?shell=1`);
    if (page.ok && !page.redirected) await kept.put(location.pathname, page);
    const parts = [...document.querySelectorAll("link[rel=stylesheet], link[rel=icon], link[rel=manifest]")].map((one) => one.href);
    const more = [...document.querySelectorAll("script[src], .k-brand img")].map((one) => one.src);
    await kept.addAll([...new Set([...parts, ...more])]);
  };
  const unlock = async (code, row) => {
    const made = await store.derive(code, row.salt);
    try {
      await store.unseal(made, row.check);
    } catch {
      if ((await store.rows(sitting)).length) throw new Error("口令不对，请再试。");
      Object.assign(goes, { textContent: "重新下载本场名单" }).dataset.how = "download";
      throw new Error("口令不对。请再试；忘记了的，可另定一个口令重新下载。");
    }
    key = made;
    opened(row.data ? await store.unseal(made, row) : null, row.skew);
  };
  offlineForm.addEventListener("submit", async (event) => {
    event.preventDefault();
    goes.disabled = true;
    state("请稍等……");
    try {
      const row = await store.packetOf(sitting);
      if (row && goes.dataset.how === "unlock") await unlock(pin.value, row);
      else await download(pin.value);
      pin.value = "";
      await upload();
    } catch (error) {
      state(error instanceof TypeError ? "没有网络，不能下载。请在有网络时先下载。" : error.message);
    } finally {
      goes.disabled = false;
    }
  });
  find("note-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const words = document.getElementById("note-text");
    const number = Number(document.getElementById("note-seat").value);
    if (!words.value.trim() || !key) return;
    const seat = packet?.people.find((one) => one.number === number)?.seat ?? null;
    await keep({ kind: "note", nonce: nonce(), text: words.value.trim(), at: new Date(now()).toISOString(), seat });
    words.value = "";
    state("已记下，联网后自动上传。");
    upload();
  });

  // --- the way back ------------------------------------------------------------------------------------------------
  let busy = false;
  const upload = async () => {
    if (!key || busy) return;
    busy = true;
    try {
      const found = await mine();
      if (found.length === 0) {
        banner("");
        return;
      }
      const page = await fetch(`${location.pathname}?shell=1`, { cache: "no-store", signal: AbortSignal.timeout(WAIT) });
      const text = await page.text();
      const token = new DOMParser().parseFromString(text, "text/html").querySelector("[data-door-scan] [name=csrfmiddlewaretoken]")?.value;
      if (page.redirected || !token) {
        await tell("登录已过期，请重新登录后回到本页。");
        return;
      }
      const body = JSON.stringify({ rows: found.slice(0, 200) });
      const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
      const answer = await fetch(door.dataset.log, { method: "POST", body, headers, signal: AbortSignal.timeout(60000) });
      const said = await answer.json();
      if (!answer.ok) {
        await tell(`离线记录没有上传：${said.detail}`);
        return;
      }
      for (const word of said.taken) await store.drop(word);
      await tell(`已上传 ${said.taken.length} 条离线记录。刷新本页可看需要核对的情况。`);
    } catch {
      await tell("没有网络：记录存在这台设备上，联网后自动上传。");
    } finally {
      busy = false;
    }
  };
  window.addEventListener("online", upload);
  window.addEventListener("offline", () => tell("没有网络。"));
  window.setInterval(() => { if (navigator.onLine) upload(); }, 20000);

  // --- at the start ------------------------------------------------------------------------------------------------
  (async () => {
    ready();
    if (!store.able) return;
    find("offline").hidden = false;
    const row = await store.packetOf(sitting);
    goes.dataset.how = row ? "unlock" : "download";
    goes.textContent = row ? "打开离线名单" : "下载本场名单";
    state(row ? "这台设备上有本场的离线名单，请输入口令打开。" : "开考前下载本场名单，网络断开后照常核验。");
    await tell(navigator.onLine ? "" : "没有网络。");
  })();
})();

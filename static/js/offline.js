/* Checks a certificate's code with nothing but what this page carries: the public key and the list of void ones. */
(() => {
  "use strict";
  const { verify, sha256 } = window.kupasiSignatures;
  const held = JSON.parse(document.getElementById("trust").textContent);
  const form = document.getElementById("offline"), answer = document.getElementById("offline-answer");
  const text = new TextEncoder(), DAY = 86400000, OLD = 7;

  const bytes = (words) => {
    const plain = words.replace(/-/g, "+").replace(/_/g, "/");
    return Uint8Array.from(atob(plain + "=".repeat((4 - (plain.length % 4)) % 4)), (one) => one.charCodeAt(0));
  };
  const hex = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
  const joined = (first, second) => {
    const out = new Uint8Array(first.length + second.length);
    out.set(first);
    out.set(second, first.length);
    return out;
  };

  /* What a token states, or null when its signature is not of this house and this purpose. */
  const stated = (token, purpose, keys) => {
    if (!/^[A-Za-z0-9_-]{90,}$/.test(token)) return null;
    try {
      const raw = bytes(token), payload = raw.slice(0, -64);
      const signed = joined(text.encode(`kupasi\0${purpose}\0`), payload);
      if (!keys.some((key) => verify(raw.slice(-64), signed, bytes(key)))) return null;
      return { payload, words: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload)) };
    } catch {
      return null;
    }
  };
  const list = stated(held.list, "certificate-status", held.keys.slice(0, 1));

  const line = (label, value) => {
    const row = document.createElement("div"), term = document.createElement("dt"), said = document.createElement("dd");
    term.textContent = label;
    said.textContent = value;
    row.append(term, said);
    return row;
  };
  const show = (tone, title, sentences, lines) => {
    const head = document.createElement("h2");
    head.textContent = title;
    answer.className = `k-next k-next-${tone}`;
    answer.replaceChildren(head, ...sentences.map((one) => Object.assign(document.createElement("p"), { textContent: one })));
    if (lines.length) {
      const facts = document.createElement("dl");
      facts.className = "k-summary";
      facts.append(...lines);
      answer.append(facts);
    }
    answer.hidden = false;
    answer.focus();
  };
  const age = () => {
    const days = Math.floor((Date.now() - Date.parse(list.words.at)) / DAY);
    const since = days < 1 ? "不到一天前" : `${days} 天前`;
    return { days, words: `作废名单截至 ${list.words.at.slice(0, 16).replace("T", " ")}（${since}），此后作废的证书不会在此显示。` };
  };
  const written = (name) => name.trim().normalize("NFC").replace(/\s*[\u2022\u2027\u2219\u22c5\u30fb\uff65\u00b7]\s*/g, "\u00b7")
    .replace(/(?<=\p{Script=Han})\s+(?=\p{Script=Han})/gu, "");
  const nameFits = (words, name) => {
    const hash = sha256(joined(bytes(words.s), text.encode(written(name)))).slice(0, 16);
    return hex(hash) === hex(bytes(words.h));
  };

  const check = (given, name) => {
    const token = given.trim().replace(/\/+$/, "").split(/[/#]/).pop();
    const found = stated(token, "certificate", held.keys);
    if (!found) return show("warn", "无法确认", ["签名不符：这个二维码不是本机构签发的，或内容被改动、抄录不全。请重新扫描后再试；仍不符的，请向业务受理点核实。"], []);
    const { words, payload } = found;
    const lines = [line("证书编号", words.n), line("职业", held.occupations[words.o] || words.o), line("发证日期", words.d)];
    if (name.trim()) lines.push(line("姓名", nameFits(words, name) ? "与二维码一致" : "与二维码不一致"));
    const notes = words.t === "sample" ? ["这是演示用的样本证书，不具有任何效力。"] : [];
    const old = age();
    if (list.words.void.includes(hex(sha256(payload)))) return show("bad", "已作废", ["签名无误，但该证书在作废名单上，不再有效。", ...notes, old.words], lines);
    if (name.trim() && !nameFits(words, name)) return show("warn", "无法确认", ["签名无误，但所填姓名与二维码中的不一致，请核对证件和证书。", ...notes, old.words], lines);
    if (old.days >= OLD) return show("warn", "签名有效，名单已旧", ["签名无误，不在本页所带的作废名单上。名单较旧，请联网重新下载本页后再核验一次。", ...notes, old.words], lines);
    return show("good", "签名有效", ["签名无误，不在作废名单上。请与纸质证书上的编号、职业和日期逐项核对。", ...notes, old.words], lines);
  };

  const state = document.getElementById("offline-list");
  if (!list) {
    state.textContent = "本页所带的作废名单签名不符，不能使用：请重新下载。";
    form.hidden = true;
    return;
  }
  state.textContent = `${age().words} 名单上有 ${list.words.void.length} 张证书。`;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    check(form.elements.code.value, form.elements.name.value);
  });
  if (location.hash.length > 1) {
    form.elements.code.value = location.hash.slice(1);
    check(location.hash.slice(1), "");
  }
})();

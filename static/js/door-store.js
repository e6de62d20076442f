// What a device keeps of a door: the room's people and the log, sealed with a key that only the person's own code opens.
"use strict";
window.kupasiDoor = (() => {
  const PURPOSE = new TextEncoder().encode("kupasi\0ticket\0");
  const ROUNDS = 600000;
  const able = Boolean(window.isSecureContext && window.indexedDB && window.crypto?.subtle && window.caches);

  // --- the shelf ---------------------------------------------------------------------------------------------------
  const open = () => new Promise((resolve, reject) => {
    const asked = indexedDB.open("kupasi-door", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("packets", { keyPath: "sitting" });
      asked.result.createObjectStore("log", { keyPath: "nonce" });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  const act = async (store, mode, work) => {
    const shelf = await open();
    try {
      return await new Promise((resolve, reject) => {
        const move = shelf.transaction(store, mode);
        const asked = work(move.objectStore(store));
        move.oncomplete = () => resolve(asked.result);
        move.onerror = move.onabort = () => reject(move.error);
      });
    } finally {
      shelf.close();
    }
  };
  const packetOf = (sitting) => act("packets", "readonly", (shelf) => shelf.get(sitting));
  const keepPacket = (row) => act("packets", "readwrite", (shelf) => shelf.put(row));
  const dropPacket = (sitting) => act("packets", "readwrite", (shelf) => shelf.delete(sitting));
  const rows = async (sitting) => (await act("log", "readonly", (shelf) => shelf.getAll())).filter((row) => row.sitting === sitting);
  const add = (row) => act("log", "readwrite", (shelf) => shelf.add(row)); // never put: a kept row is never changed
  const drop = (nonce) => act("log", "readwrite", (shelf) => shelf.delete(nonce));

  // --- the seal ----------------------------------------------------------------------------------------------------
  const derive = async (code, salt) => {
    const raw = await crypto.subtle.importKey("raw", new TextEncoder().encode(code), "PBKDF2", false, ["deriveKey"]);
    const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS };
    return crypto.subtle.deriveKey(how, raw, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  };
  const seal = async (key, value) => {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(JSON.stringify(value)));
    return { iv, data };
  };
  const unseal = async (key, row) => {
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: row.iv }, key, row.data);
    return JSON.parse(new TextDecoder().decode(plain));
  };

  // --- a ticket's code ---------------------------------------------------------------------------------------------
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const hex = (buffer) => Array.from(new Uint8Array(buffer), (one) => one.toString(16).padStart(2, "0")).join("");
  const spelled = (raw) => btoa(String.fromCharCode(...raw)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const parts = (text) => {
    if (!/^[A-Za-z0-9_-]{110}$/.test(text)) return null;
    const raw = bytes(text);
    if (raw.length !== 82 || spelled(raw) !== text) return null;
    const view = new DataView(raw.buffer);
    const number = view.getBigUint64(0).toString().padStart(12, "0");
    return { payload: raw.slice(0, 18), signature: raw.slice(18), number, version: view.getUint16(8) };
  };
  const signed = async (packet, found) => {
    const key = await crypto.subtle.importKey("raw", bytes(packet.key), { name: "Ed25519" }, false, ["verify"]);
    const words = new Uint8Array([...PURPOSE, ...found.payload]);
    return crypto.subtle.verify({ name: "Ed25519" }, key, found.signature, words);
  };
  // A browser that knows no Ed25519 compares with the codes of the room's own tickets instead.
  const listed = async (packet, text) => {
    const sum = hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
    return packet.people.find((one) => one.sha256 === sum);
  };
  const read = async (packet, text) => {
    const typed = text.normalize("NFKC").replace(/[\s\p{Cf}\p{Pd}]/gu, "");
    if (/^[0-9]+$/.test(typed)) return typed.length === 12 ? { number: typed, version: null } : { result: "unknown" };
    const found = parts(text);
    if (!found) return { result: "forged" };
    let good = null;
    try {
      good = await signed(packet, found);
    } catch {
      return (await listed(packet, text)) ? found : { result: "unknown" };
    }
    return good ? found : { result: "forged" };
  };
  const SAID = {
    forged: "这不是本单位签发的准考证。请扣留查看，并报告考务负责人。",
    unknown: "这台设备离线时只认得本场现行的准考证，这张不是。请核对纸质签到表。",
    wrong_room: "不在本场离线名单中。请看准考证上的考场和时间，或等联网后再扫。",
    old_version: "出示的不是现行版本。请其出示新版，或等联网后由监督放行。",
    already: "已经入场。请核对照片和证件，确认是否有人冒用。",
    early: "还没有到入场时间，请先在外等候。",
    too_late: "已停止入场。确有原因的，等联网后请监督放行。",
    late: "核对照片和证件后请入座，记为迟到。",
    ok: "核对照片和证件后请入座。",
  };
  // The same answers as the house gives, from what the device knows; the house judges again when the log comes in.
  const judge = async (packet, log, text, now) => {
    const found = await read(packet, text);
    const answer = (result, person) => ({ result, person: person || null, said: SAID[result] });
    if (found.result) return answer(found.result);
    const person = packet.people.find((one) => one.ticket === found.number);
    if (!person) return answer("wrong_room");
    if (found.version !== null && found.version !== person.version) return answer("old_version", person);
    const inside = person.inside || log.some((row) => row.seat === person.seat && ["ok", "late"].includes(row.said));
    if (inside) return answer("already", person);
    if (now < Date.parse(packet.opens_at)) return answer("early", person);
    if (now >= Date.parse(packet.closes_at)) return answer("too_late", person);
    return answer(now < Date.parse(packet.starts_at) ? "ok" : "late", person);
  };

  // --- after the day -----------------------------------------------------------------------------------------------
  const today = (skew) => new Date(Date.now() + skew + 8 * 3600 * 1000).toISOString().slice(0, 10);
  const tidy = async () => {
    for (const row of await act("packets", "readonly", (shelf) => shelf.getAll())) {
      if (row.on >= today(row.skew)) continue;
      if ((await rows(row.sitting)).length === 0) await dropPacket(row.sitting);
      else if (row.data) await keepPacket({ ...row, iv: null, data: null }); // what is not uploaded yet stays sealed
      const kept = await caches.open("kupasi-door-1");
      if (row.page) await kept.delete(row.page);
    }
  };
  if (able) tidy().catch(() => {});

  return { able, packetOf, keepPacket, rows, add, drop, derive, seal, unseal, judge };
})();

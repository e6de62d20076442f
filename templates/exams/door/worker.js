{% load static %}// Keeps the pages of the doors at hand without network. The page itself puts into the cache what it needs.
"use strict";
const CACHE = "kupasi-door-1";
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const asked = event.request;
  if (asked.method !== "GET") return;
  const url = new URL(asked.url);
  if (url.origin !== self.location.origin) return;
  const isDoor = asked.mode === "navigate" && /\/rooms\/[0-9]+\/door\/$/.test(url.pathname);
  if (!isDoor && !url.pathname.startsWith("{% get_static_prefix %}")) return;
  const kept = () => caches.open(CACHE).then((cache) => cache.match(isDoor ? url.pathname : asked, { ignoreSearch: isDoor, ignoreVary: true }));
  event.respondWith(fetch(asked).catch(async (error) => {
    const found = await kept();
    if (found) return found;
    throw error;
  }));
});

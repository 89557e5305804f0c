// Shows the last board that static/kept.js has kept, where Rightcall does not answer; else it changes nothing.
"use strict";

const CACHE = "rightcall-board";
const PATIENCE = 8_000; // ms: who waits longer for a page needs a board
const AWAY = [502, 503, 504];
const LOG_IN = "/accounts/log-in/";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname } = new URL(request.url);
  if (request.mode === "navigate" && request.method === "GET" && pathname === LOG_IN) {
    event.respondWith(loggedOut(request));
  } else if (request.mode === "navigate" && request.method === "GET" && /^\/($|console\/|incidents\/)/.test(pathname)) {
    event.respondWith(page(request));
  } else if (request.destination === "style" && pathname.includes("/rightcall")) {
    event.respondWith(fetch(request).catch(async () => (await caches.match(request.url)) ?? Response.error()));
  }
});

async function page(request) {
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) });
    return AWAY.includes(answer.status) ? ((await kept()) ?? answer) : answer;
  } catch {
    return (await kept()) ?? Response.error();
  }
}

// Whoever comes here has logged out, or was: what they saw is not for the next one.
async function loggedOut(request) {
  const answer = await fetch(request);
  if (answer.ok) await caches.delete(CACHE);
  return answer;
}

async function kept() {
  const cache = await caches.open(CACHE);
  return cache.match("/kept-board");
}

/* Keeps what the page needs to open on a bad line. Never the words of anybody: /api, /ws and /f are not touched. */
const BUILD = "{{build}}";
const SHELL = ["{{shell}}"];
const CACHE = `shell-${BUILD}`;
const WITHIN = 2000;

self.addEventListener("install", (event) => {
  // Where the browser can (Chromium since 123), parts come from the cache and words from the network without waking this worker.
  event.addRoutes?.([
    { condition: { urlPattern: { pathname: "/s/*" } }, source: "cache" },
    ...["/api/*", "/f/*", "/ws", "/demo/*"].map((pathname) => ({ condition: { urlPattern: { pathname } }, source: "network" })),
  ])?.catch?.(() => {});
  // One file after the other would hold up the line for what the person is doing now; all are small.
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(SHELL))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => {
        const mine = names.filter((name) => name.startsWith("shell-") && name !== CACHE);
        // The newest of the others stays: a page of that build may still be open and ask for a part of itself.
        return Promise.all(mine.slice(0, -1).map((name) => caches.delete(name)));
      })
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/s/")) event.respondWith(caches.match(request.url).then((kept) => kept || fetch(request)));
  else if (request.mode === "navigate" && url.pathname === "/") event.respondWith(page(event));
});

/** The page of this build from the telephone, renewed behind it; an unknown page waits for the network, two seconds at most when an older one is kept. */
async function page(event) {
  const { request } = event;
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request.url);
  const fresh = fetch(request).then(async (answer) => {
    if (answer.headers.get("X-Compagnon-Page") === "chat" && answer.ok) await cache.put(request.url, answer.clone());
    else if (kept) await cache.delete(request.url);
    return answer;
  });
  if (kept) {
    event.waitUntil(fresh.catch(() => {}));
    return kept;
  }
  const older = await caches.match(request.url);
  if (!older) return fresh;
  const late = new Promise((resolve) => setTimeout(resolve, WITHIN, older));
  return Promise.race([fresh.catch(() => older), late]);
}

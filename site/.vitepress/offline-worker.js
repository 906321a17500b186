// The service worker. The build fills in the version and the files.
const store = `lanewise-${"VERSION"}`;
const files = ["FILES"];

const locationOf = (path) => new URL(path, registration.scope).href;

addEventListener("install", (event) => {
  const fill = async () => {
    const cache = await caches.open(store);
    await cache.addAll(files.map(locationOf));
    await skipWaiting();
  };
  event.waitUntil(fill());
});

addEventListener("activate", (event) => {
  const takeOver = async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("lanewise-") && name !== store);
    await Promise.all(old.map((name) => caches.delete(name)));
    await clients.claim();
  };
  event.waitUntil(takeOver());
});

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  event.respondWith(request.mode === "navigate" ? page(request) : stored(request).then(orFetch(request)));
});

const orFetch = (request) => (found) => found ?? fetch(request);

const stored = async (request) =>
  (await caches.open(store)).match(request, { ignoreSearch: true, ignoreVary: true });

/** The newest page while there is a network, else the kept one. */
async function page(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = (await stored(request)) ?? (await stored(new Request(request.url.replace(/\.html$/, ""))));
    if (kept) return kept;
    throw error;
  }
}

/** Milliseconds that belong to the page alone: the worker fetches hundreds of files, on slow phones too. */
const SETTLED = 6000;

/** Installs the service worker, in a built site. What it needs is fetched when the page has settled. */
export function keepOffline(): void {
  if (!import.meta.env.PROD || import.meta.env.SSR || !("serviceWorker" in navigator)) return;
  const install = () =>
    navigator.serviceWorker.register(`${import.meta.env.BASE_URL}offline.js`).catch(() => {
      // A browser that keeps no data has no worker, and the site needs none.
    });
  addEventListener("load", () => setTimeout(install, SETTLED));
}

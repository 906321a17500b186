// What a page finds out goes to the server; so does whatever stops it, from a script that does not load on.

globalThis.report = (result) =>
  fetch(`/report${location.search}`, { method: "POST", body: JSON.stringify(result) });

addEventListener(
  "error",
  ({ message, target }) => report({ error: message ?? `cannot load ${target.src}` }),
  true,
);
addEventListener("unhandledrejection", ({ reason }) =>
  report({ error: reason?.stack ? `${reason}\n${reason.stack}` : String(reason) }),
);

# The worker as workerd serves it; `npm install lanewise workerd` brings what it embeds from node_modules.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "digits", worker = .digits)],
  sockets = [(name = "http", address = "127.0.0.1:8787", http = (), service = "digits")],
);

const digits :Workerd.Worker = (
  # Later than 2025-05-01, hence a top level that may await.
  compatibilityDate = "2026-01-01",
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "page.html", text = embed "page.html"),
    (name = "digits.safetensors", data = embed "digits.safetensors"),
    (name = "lanewise", esModule = embed "node_modules/lanewise/dist/lanewise.js"),
    (name = "lanewise/simd.wasm", wasm = embed "node_modules/lanewise/dist/simd.wasm"),
  ],
);

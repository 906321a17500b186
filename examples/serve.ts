import { fileURLToPath } from "node:url";
import { context } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The examples that are pages, and the scripts that each consists of. */
const pages = { worker: ["page", "trainer"], "browser-minimal": [] };
export type PageName = keyof typeof pages;

/** A page that is served. */
export interface ServedExample {
  readonly address: string;
  stop(): Promise<void>;
}

/** Serves the checkout; the scripts of the example are bundled in memory, as .js files in its folder. */
export async function serveExample(name: PageName): Promise<ServedExample> {
  const folder = `examples/${name}`;
  const bundles = await context({
    absWorkingDir: root,
    entryPoints: pages[name].map((script) => `${folder}/${script}.ts`),
    outdir: folder,
    bundle: true,
    format: "esm",
    target: "es2022",
    write: false,
  });
  const { port } = await bundles.serve({ servedir: ".", host: "127.0.0.1" });
  return { address: `http://127.0.0.1:${port}/${folder}/`, stop: () => bundles.dispose() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { address } = await serveExample(process.argv[2] as PageName);
  console.log(`${address}  (Ctrl-C ends it)`);
}

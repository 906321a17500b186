import { join } from "node:path";
import { afterAll, describe, expect, inject, it } from "vitest";
import { hashesOf, useEverything } from "../threads/uses.js";
import { drivers, isInstalled, launch } from "./drivers/index.js";
import { PageServer } from "./server.js";
import { site } from "./site.js";

interface Report {
  readonly threads: number;
  readonly shared: readonly string[];
  readonly hashes: Readonly<Record<string, string>>;
  readonly refused: readonly string[];
}

/** Reference: the same program in Node, on one thread. Tolerance: none. */
describe("on a page with three threads", async () => {
  const server = await PageServer.start(site, {
    contentSecurityPolicy: "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'",
    isolates: true,
  });
  afterAll(() => server.stop());
  const [lanewise, inference, onnx, table, tfjs] = await Promise.all(
    ["lanewise", "inference", "onnx", "table", "tfjs"].map(
      (name) => import(join(site, `node_modules/lanewise/dist/${name}.js`)),
    ),
  );
  const alone = await useEverything(
    { lanewise, onnx, table, tfjs },
    {
      training: await lanewise.createBackend(),
      inference: await inference.createBackend(),
      loadModel: inference.loadModel,
    },
  );
  const hashes = await hashesOf(alone);

  for (const driver of drivers) {
    it.skipIf(inject("allowMissing").includes(driver.name) && !isInstalled(driver))(
      `${driver.name}: all that is returned is as in Node, and none of it is shared`,
      async () => {
        const browser = await launch(driver);
        try {
          const report = await server.visit<Report>(browser.open, "uses.html");
          expect(report.threads).toBe(3);
          expect(report.shared).toEqual([]);
          expect(report.hashes).toEqual(hashes);
          // What site/how-to/threads.md warns of.
          expect(report.refused).toEqual(expect.arrayContaining(["crypto.subtle", "transfer"]));
        } finally {
          await browser.close();
        }
      },
    );
  }
});

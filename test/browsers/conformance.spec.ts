import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { writeWhole } from "../../cli/whole-file.js";
import { conform, type Digits } from "../conformance/program.js";
import { hashesOf, type Report, unequal } from "../conformance/report.js";
import type { Browser } from "./drivers/driver.js";
import { drivers, isInstalled, launch } from "./drivers/index.js";
import { PageServer } from "./server.js";
import { results, site } from "./site.js";

/**
 * Every browser, under a policy that allows scripts of the site and WebAssembly and nothing else, runs the
 * conformance program: with threads where the page is isolated from other origins, and without a bundler.
 */
describe("under script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'", async () => {
  const reports = { plain: [] as Report[], bundled: [] as Report[] };
  const contentSecurityPolicy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";
  const servers = {
    plain: await PageServer.start(site, { contentSecurityPolicy, isolates: true }),
    bundled: await PageServer.start(site, { contentSecurityPolicy }),
  };
  afterAll(async () => {
    for (const server of Object.values(servers)) await server.stop();
    writeWhole(results, `${JSON.stringify(reports.plain, undefined, 1)}\n`);
  });

  for (const driver of drivers) {
    describe.skipIf(isAllowedToMiss(driver.name) && !isInstalled(driver))(driver.name, () => {
      let browser: Browser;
      beforeAll(async () => {
        browser = await launch(driver);
        return () => browser.close();
      });

      it.each(["plain", "bundled"] as const)("%s: all checks hold", async (way) => {
        const report = await servers[way].visit<Report>(browser.open, `${way}.html`);
        reports[way].push({ ...report, runtime: { name: driver.title, version: browser.version } });
        expect(report.failures).toEqual([]);
        expect(report.builds.map(({ variant }) => variant).slice(0, 2)).toEqual(["scalar", "simd"]);
        expect(report.embedded).toEqual({ variant: "simd" });
        if (way === "bundled") expectNoThreads(report);
        else {
          expect(report.threads.error).toBeUndefined();
          expect(report.threads.builds).toHaveLength(10);
        }
      });
    });
  }

  it("the weights of scalar and simd have one hash, that of Node", async () => {
    const all = [...reports.plain, ...reports.bundled];
    expect(all.length).toBeGreaterThan(0);
    const lanewise = await import(join(site, "node_modules/lanewise/dist/lanewise.js"));
    const table = await import(join(site, "node_modules/lanewise/dist/table.js"));
    const { default: digits }: { default: Digits } = await import(join(site, "digits.js"));
    const inNode = await conform(lanewise, {
      runtime: { name: "Node", version: process.versions.node },
      digits,
      table,
    });
    expect(hashesOf([...all, inNode])).toHaveLength(1);
    expect(unequal([...all, inNode])).toEqual([]);
  });
});

describe("without 'wasm-unsafe-eval'", async () => {
  const server = await PageServer.start(site, {
    contentSecurityPolicy: "default-src 'self'; script-src 'self'",
  });
  afterAll(() => server.stop());

  for (const driver of drivers) {
    it.skipIf(isAllowedToMiss(driver.name) && !isInstalled(driver))(
      `${driver.name}: createBackend and createBackendSync name the policy and what to put there`,
      async () => {
        const browser = await launch(driver);
        try {
          const errors = await server.visit<readonly { name: string; message: string }[]>(
            browser.open,
            "forbidden.html",
          );
          expect(errors).toHaveLength(2);
          for (const { name, message } of errors) {
            expect(name).toBe("BackendError");
            expect(message).toMatch(
              /host forbids compiling WebAssembly.* allow 'wasm-unsafe-eval' in the script-src of its Content-Security-Policy/,
            );
          }
        } finally {
          await browser.close();
        }
      },
    );
  }
});

/** Where a page is not isolated "auto" gives one thread, and a number an error with the headers to send. */
function expectNoThreads({ threads: { auto, error } }: Report): void {
  expect(auto).toBe(1);
  expect(error).toBe(
    "BackendError: createBackend: 2 threads were asked for, but this page is not cross-origin isolated: serve it " +
      "with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp",
  );
}

function isAllowedToMiss(name: string): boolean {
  return inject("allowMissing").includes(name);
}

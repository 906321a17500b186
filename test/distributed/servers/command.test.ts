import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { RedisServer } from "./redis.js";
import { type Started, start, temporary } from "./start.js";

/** Sweeps on a queue, by the command. */

const cli = fileURLToPath(new URL("../../../dist/cli.js", import.meta.url));
const data = fileURLToPath(new URL("../../../examples/data", import.meta.url));

const spec = {
  data: { file: "iris.csv", target: "species" },
  folds: 3,
  metric: "accuracy",
  model: { layers: [{ type: "dense", units: { choice: [4, 8] }, activation: "tanh" }, "output"] },
  fit: { epochs: 6 },
};

/** A folder with a spec and its table. */
function folderOf(): string {
  const folder = temporary();
  copyFileSync(join(data, "iris.csv"), join(folder, "iris.csv"));
  writeFileSync(join(folder, "spec.json"), JSON.stringify(spec));
  return folder;
}

function lanewise(folder: string, words: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, [cli, ...words], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
}

async function startWorker(url: string): Promise<Started> {
  const words = [cli, "worker", "--redis", url, "--data", data, "--threads", "1"];
  const worker = start("lanewise worker", process.execPath, words);
  await worker.says(/: 1 thread, ready for jobs/);
  return worker;
}

describe("lanewise", () => {
  it("sweeps on a queue as it does in threads, and a worker ends when it is told to", async () => {
    const { url } = await RedisServer.start();
    const folder = folderOf();
    const worker = await startWorker(url);
    const queued = lanewise(folder, [
      "sweep",
      "spec.json",
      "--redis",
      url,
      "--out",
      "queued.safetensors",
      "--json",
    ]);
    expect(queued.stderr).toBe("");
    const alone = lanewise(folder, ["sweep", "spec.json", "--out", "alone.safetensors", "--json"]);
    expect(JSON.parse(queued.stdout).digest).toBe(JSON.parse(alone.stdout).digest);
    const [first, second] = ["queued", "alone"].map((name) =>
      readFileSync(join(folder, `${name}.safetensors`)),
    );
    expect(first.equals(second)).toBe(true);
    await worker.signal("SIGTERM");
    expect(worker.said).toMatch(/: ended; 7 jobs done, 0 attempts failed/);
    expect(await worker.ended).toBe(0);
  });

  it("queues a sweep and ends, tells how far it is, and fetches result and page by its id", async () => {
    const { url } = await RedisServer.start();
    const folder = folderOf();
    const LANEWISE_QUEUE = url;
    const detached = lanewise(folder, ["sweep", "spec.json", "--redis", url, "--detach"]);
    const id = detached.stdout.trim();
    expect(id).toMatch(/^[0-9a-f]{64}$/);

    const waiting = lanewise(folder, ["status"], { LANEWISE_QUEUE });
    expect(waiting.stdout).toMatch(new RegExp(`^${id.slice(0, 12)} +sweep +stage 0 .* 0 of 6 jobs\n`));
    expect(waiting.stdout).toMatch(
      /no workers\n\n6 jobs of version \S+ wait, and no worker has that version/,
    );
    const early = lanewise(folder, ["result", id, "--redis", url]);
    expect([early.status, early.stderr]).toEqual([
      1,
      "the sweep is not done: 0 of 6 jobs; lanewise status tells more\n",
    ]);

    await startWorker(url);
    const whole = lanewise(folder, ["sweep", "spec.json", "--redis", url, "--out", "whole.safetensors"]);
    const fetched = lanewise(folder, [
      "result",
      id.slice(0, 8),
      "--redis",
      url,
      "--out",
      "fetched.safetensors",
    ]);
    expect(fetched.stdout.split("\n").at(-2)).toBe(whole.stdout.split("\n").at(-2));
    expect(readFileSync(join(folder, "fetched.safetensors"))).toEqual(
      readFileSync(join(folder, "whole.safetensors")),
    );
    lanewise(folder, ["report", id, "--redis", url, "--out", "page.html"]);
    expect(readFileSync(join(folder, "page.html"), "utf8")).toMatch(/iris\.csv/);
    const done = JSON.parse(lanewise(folder, ["status", id, "--redis", url, "--json"]).stdout);
    expect(done.runs).toMatchObject([{ id, program: "sweep", state: "done" }]);
    expect(done.workers).toMatchObject([{ threads: 1, failed: 0 }]);
  });

  it.each([
    [["worker"], 2, /^expected --redis URL or --postgres URL, got neither/],
    [["worker", "--redis", "postgres://127.0.0.1"], 2, /^--redis expected a URL that begins with redis:\/\//],
    [["worker", "--redis", "redis://example.com"], 1, /^expected an encrypted connection .* pass --insecure/],
    [["sweep", "spec.json", "--audit", "0.1"], 2, /^--audit is for sweeps on a queue/],
    [
      ["sweep", "spec.json", "--redis", "redis://127.0.0.1", "--threads", "2"],
      2,
      /^--threads is for sweeps on/,
    ],
    [
      ["status", "--redis", "redis://127.0.0.1:1"],
      1,
      /^cannot use the Redis at 127\.0\.0\.1:1: .*ECONNREFUSED/,
    ],
  ] as const)("refuses %j", (words, code, message) => {
    const folder = folderOf();
    const { status, stderr } = lanewise(folder, words, { LANEWISE_QUEUE: "" });
    expect(stderr).toMatch(message);
    expect(status).toBe(code);
    expect(existsSync(join(folder, "best.safetensors"))).toBe(false);
  });
});

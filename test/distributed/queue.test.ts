import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { entriesOf } from "../../src/distributed/bullmq/blobs.js";
import { addressOf } from "../../src/distributed/bullmq/connection.js";
import { DataFolder, hashOfFile } from "../../src/distributed/bullmq/data-folder.js";
import { bullmq } from "../../src/distributed/bullmq/engine.js";
import { firstsOf, idOfJob, isAudited } from "../../src/distributed/bullmq/flow.js";
import { checkJob, defaultLimits } from "../../src/distributed/bullmq/limits.js";
import { loadBullmq, loadIoredis, loadPg } from "../../src/distributed/bullmq/packages.js";
import { isFull, isPassing, within } from "../../src/distributed/bullmq/server.js";
import { work } from "../../src/distributed/bullmq/work.js";
import { SELF_TEST, selfTest } from "../../src/distributed/self-test.js";
import { createBackend } from "../../src/index.js";

/** What the engine on BullMQ does without a server. */

// As where they are not installed.
vi.mock("bullmq", () => {
  throw new Error("Cannot find package 'bullmq'");
});
vi.mock("ioredis", () => {
  throw new Error("Cannot find package 'ioredis'");
});
vi.mock("pg", () => {
  throw new Error("Cannot find package 'pg'");
});

const folder = mkdtempSync(join(tmpdir(), "lanewise-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the connection of a queue", () => {
  it.each([
    ["redis://127.0.0.1", "Redis", "127.0.0.1:6379"],
    ["redis://localhost:7000/2", "Redis", "localhost:7000"],
    ["redis://[::1]:7000", "Redis", "::1:7000"],
    ["rediss://user:secret@example.com", "Redis", "example.com:6379"],
    ["postgres://lanewise@127.0.0.1/db", "PostgreSQL", "127.0.0.1:5432"],
    ["postgresql://u:secret@example.com:6000/db?sslmode=verify-full", "PostgreSQL", "example.com:6000"],
  ])("may be %s", (url, kind, where) => {
    expect(addressOf("bullmq", url)).toMatchObject({ kind, where });
  });

  it.each(["redis://example.com", "redis://10.0.0.4:7000", "postgres://u@db.example.com/x"])(
    "may be %s only with insecure: true",
    (url) => {
      expect(() => addressOf("bullmq", url)).toThrow(
        /^bullmq expected an encrypted connection to \S+, which is not this machine/,
      );
      expect(addressOf("bullmq", url, true).url).toBe(url);
    },
  );

  it("is encrypted beyond this machine where it is given as options", () => {
    expect(() => addressOf("work", { host: "example.com" })).toThrow(
      /^work expected an encrypted connection/,
    );
    expect(addressOf("work", { host: "example.com", tls: {} }).where).toBe("example.com:6379");
    expect(addressOf("work", { port: 7 }).where).toBe("127.0.0.1:7");
  });

  it.each(["amqp://127.0.0.1", "not a url", ""])("is not %j", (url) => {
    expect(() => addressOf("bullmq", url)).toThrow(
      /^bullmq expected connection to be a URL that begins with/,
    );
  });

  it("is never told with its password", () => {
    for (const url of ["amqp://u:secret@h", "redis://u:secret@example.com", "secret"])
      expect(() => addressOf("bullmq", url)).toThrow(expect.not.stringContaining("secret"));
    expect(bullmq({ connection: "rediss://u:secret@example.com" }).name).toBe("Redis at example.com:6379");
  });
});

describe("options of an engine on BullMQ", () => {
  it.each([
    [{ prefix: "a:b" }, /^bullmq expected prefix to be 1 to 32 letters/],
    [{ audit: 2 }, /^bullmq expected audit to be a number from 0 to 1, got 2/],
    [{ patience: -1 }, /^bullmq expected patience to be a number from 0/],
    [{ keep: Number.NaN }, /^bullmq expected keep/],
    [{ retries: 3 }, /retries/],
  ])("are refused: %j", (options, message) => {
    expect(() => bullmq({ connection: "redis://127.0.0.1", ...options })).toThrow(message);
  });

  it("of a worker are refused before it starts anything", async () => {
    const connection = "redis://127.0.0.1";
    await expect(work({ connection, limits: { epochs: 0 } })).rejects.toThrow(
      /^work expected the limit epochs to be a number above 0, got 0/,
    );
    await expect(work({ connection, prefix: "" })).rejects.toThrow(/^work expected prefix/);
  });
});

describe("a package that is missing", () => {
  it.each([
    ["bullmq", loadBullmq],
    ["ioredis", loadIoredis],
    ["pg", loadPg],
  ])("is named, with what to run: %s", async (name, load) => {
    await expect(load()).rejects.toThrow(
      new RegExp(`^the engine on BullMQ needs the package ${name} .*run \`npm install ${name}\``),
    );
  });
});

describe("the self-test of a worker", () => {
  it.each(["simd", "scalar"] as const)("has the hash that is built in, by the build %s", async (variant) => {
    const backend = await createBackend({ variant });
    expect(await selfTest(backend)).toBe(SELF_TEST);
    // Nothing of an earlier one is left.
    expect(await selfTest(backend)).toBe(SELF_TEST);
  });

  it("has another one by the relaxed build, which is refused", async () => {
    expect(await selfTest(await createBackend({ variant: "relaxed" }))).not.toBe(SELF_TEST);
  });
});

describe("the limits of a worker", () => {
  const run = (spec: object) => ({ id: "", program: "sweep", spec: spec as never });
  const job = (data: object) => ({ key: "", data: data as never });

  it("hold for numbers anywhere in a spec or a job, and for the bytes of blobs", () => {
    const check = (spec: object, data: object, bytes = 0) =>
      checkJob(defaultLimits, run(spec), job(data), new Map([["blob", new Uint8Array(bytes)]]));
    expect(() => check({ fit: { epochs: 100 } }, { layers: [{ units: 64 }] }, 10)).not.toThrow();
    expect(() => check({ fit: { epochs: { choice: [5, 1e6] } } }, {})).toThrow(
      "worker expected spec.fit.epochs.choice[1] to be at most 100000 (its limit), got 1000000",
    );
    expect(() => check({}, { model: { layers: [{ filters: 1e6 }] } })).toThrow(
      /^worker expected job\.model\.layers\[0\]\.filters to be at most 65536/,
    );
    const reads = new Map([["blob", new Uint8Array(11)]]);
    expect(() => checkJob({ ...defaultLimits, bytes: 10 }, run({}), job({}), reads)).toThrow(
      "worker expected jobs to read at most 10 bytes, got 11",
    );
  });
});

describe("jobs of a stage", () => {
  const job = (key: string) => ({ key, data: null });

  it("with the same key are computed once", () => {
    expect(firstsOf(["a", "b", "a", "c", "b"].map(job))).toEqual([0, 1, 0, 3, 1]);
  });

  it("have ids that differ by run, stage, place and audit", () => {
    const ids = [idOfJob("r", 1, 2), idOfJob("s", 1, 2), idOfJob("r", 2, 2), idOfJob("r", 1, 3)];
    expect(new Set([...ids, idOfJob("r", 1, 2, true)]).size).toBe(5);
    expect(idOfJob("r", 1, 2)).toBe(ids[0]);
  });

  it("are audited by their key, as large a share as was asked for", () => {
    const keys = Array.from({ length: 10_000 }, (_, i) => `job ${i}`);
    const share = (of: number) => keys.filter((key) => isAudited(key, of)).length;
    expect([share(0), share(1)]).toEqual([0, 10_000]);
    expect(Math.abs(share(0.1) - 1_000)).toBeLessThan(100);
  });
});

describe("the folder of data of a worker", () => {
  it("reads a file again only when its size or time has changed", async () => {
    const path = join(folder, "a.csv");
    writeFileSync(path, "one");
    utimesSync(path, 1000, 1000);
    const one = await hashOfFile(path);
    const data = new DataFolder(folder);
    expect(await data.file(one)).toBe(path);
    writeFileSync(path, "two");
    utimesSync(path, 1000, 1000);
    expect(await data.file(one)).toBe(path);
    utimesSync(path, 1001, 1001);
    await expect(data.file(one)).rejects.toThrow(/no file in .* has the SHA-256/);
    expect(await data.file(await hashOfFile(path))).toBe(path);
  });

  it("that is not there is said to be", async () => {
    await expect(new DataFolder(undefined).file("0".repeat(64))).rejects.toThrow(/start it with --data DIR/);
    await expect(new DataFolder(join(folder, "none")).file("")).rejects.toThrow(
      /cannot read the folder of data/,
    );
  });
});

describe("blobs", () => {
  it("of up to 32 MB are entries, and larger ones need a folder", async () => {
    const entries = await entriesOf(new Map([["a", Uint8Array.of(1, 2)]]), undefined);
    expect([...entries]).toEqual([["blob/a", Buffer.of(0, 1, 2)]]);
    const large = new Map([["b", new Uint8Array(2 ** 25 + 1)]]);
    await expect(entriesOf(large, undefined)).rejects.toThrow(/expected blob "b" to have at most 32 MB/);
    const stored = await entriesOf(large, join(folder, "store"));
    expect(stored.get("blob/b")?.length).toBe(65);
  });
});

describe("errors of a server", () => {
  it("are told apart: full, away for a while, and all others", () => {
    const full = new Error("OOM command not allowed when used memory > 'maxmemory'.");
    expect([isFull(full), isPassing(full)]).toEqual([true, false]);
    for (const text of ["connect ECONNREFUSED 127.0.0.1:1", "Command timed out", "Connection is closed."])
      expect([isFull(new Error(text)), isPassing(new Error(text))], text).toEqual([false, true]);
    expect(isPassing(new Error("NOPERM this user has no permissions"))).toBe(false);
    expect(isFull(Object.assign(new Error("no space left"), { code: "53100" }))).toBe(true);
    expect(isFull(Object.assign(new Error("EXECABORT"), { previousErrors: [full] }))).toBe(true);
  });

  it("that never answer end a wait", async () => {
    await expect(within(5, "closing", new Promise(() => undefined))).rejects.toThrow(
      "closing took more than 5 ms",
    );
  });
});

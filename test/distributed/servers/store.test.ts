import { describe, expect, it, onTestFinished } from "vitest";
import { connect } from "../../../src/distributed/bullmq/connect.js";
import { addressOf } from "../../../src/distributed/bullmq/connection.js";
import type { Store } from "../../../src/distributed/bullmq/store.js";
import { PostgresServer } from "./postgres.js";
import { RedisServer } from "./redis.js";
import { until } from "./start.js";

/** The store of bytes beside the queue. */

async function storeOn(Server: typeof RedisServer | typeof PostgresServer): Promise<Store> {
  const { url } = await Server.start();
  const server = await connect(addressOf("test", url), "lw");
  onTestFinished(() => server.close());
  return server.store;
}

const textsOf = async (store: Store, space: string, names: readonly string[]) =>
  (await store.read(space, names)).map((bytes) => bytes?.toString());

describe.each([
  ["Redis", RedisServer],
  ["PostgreSQL", PostgresServer],
] as const)("the store on %s", (_, Server) => {
  it("keeps bytes by name, in spaces that know nothing of each other", async () => {
    const store = await storeOn(Server);
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const part = new Uint8Array(bytes.buffer, 250, 6);
    const sets = new Map<string, Uint8Array | string>([
      ["bytes", bytes],
      ["part", part],
      ["text", "grün"],
    ]);
    expect(await store.change("one", { sets, seconds: 60 })).toBe(true);
    const [whole, end, text, none] = await store.read("one", ["bytes", "part", "text", "none"]);
    expect(new Uint8Array(whole as Buffer)).toEqual(bytes);
    expect([...(end as Buffer)]).toEqual([...part]);
    expect([text?.toString(), none]).toEqual(["grün", undefined]);
    expect(await textsOf(store, "two", ["text"])).toEqual([undefined]);
  });

  it("makes a change only where the space is as expected, all of it or nothing", async () => {
    const store = await storeOn(Server);
    const move = (from: string | undefined, to: string) =>
      store.change("run", {
        expects: { name: "at", text: from },
        sets: new Map([
          ["at", to],
          [`step${to}`, "x"],
        ]),
        drops: from === undefined ? [] : [`step${from}`],
        seconds: 60,
      });
    expect(await move("0", "1")).toBe(false);
    expect(await move(undefined, "0")).toBe(true);
    expect(await move(undefined, "0")).toBe(false);
    expect(await move("0", "1")).toBe(true);
    // Who comes late changes nothing.
    expect(await move("0", "1")).toBe(false);
    expect(await textsOf(store, "run", ["at", "step0", "step1"])).toEqual(["1", undefined, "x"]);
    const all = await Promise.all(["2", "3", "4", "5"].map((to) => move("1", to)));
    expect(all.filter((made) => made)).toHaveLength(1);
  });

  it("lets entries end, unless they are renewed", async () => {
    const store = await storeOn(Server);
    const sets = new Map([
      ["short", "x"],
      ["renewed", "x"],
    ]);
    await store.change("run", { sets, seconds: 1 });
    await store.change("run", { renews: ["renewed", "none"], seconds: 60 });
    await until("it has ended", async () => (await store.read("run", ["short"]))[0] === undefined);
    expect(await textsOf(store, "run", ["short", "renewed", "none"])).toEqual([undefined, "x", undefined]);
    // What has ended is not there for expectations, either.
    const expects = { name: "short", text: undefined };
    expect(await store.change("run", { expects, sets: new Map([["short", "y"]]), seconds: 60 })).toBe(true);
  });

  it("has boards of notes, which go by themselves or are withdrawn", async () => {
    const store = await storeOn(Server);
    await store.post("workers", "a", "one", 1);
    await store.post("workers", "b", "two", 60);
    await store.post("workers", "c", "three", 60);
    await store.withdraw("workers", "c");
    await until("a note has gone", async () => !(await store.notes("workers")).has("a"));
    expect([...(await store.notes("workers"))]).toEqual([["b", "two"]]);
    expect((await store.notes("others")).size).toBe(0);
  });
});

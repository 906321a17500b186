import { describe, expect, it } from "vitest";
import { Lockstep } from "../../src/table/lockstep.js";
import { Reservoir } from "../../src/table/reservoir.js";
import { readTable } from "../../src/table.js";

describe("Lockstep", () => {
  /** A source whose epochs are 0 to 2, and what it was asked for. */
  const source = () => {
    const events: string[] = [];
    const begin = async function* () {
      events.push("begin");
      try {
        for (let item = 0; item < 3; item++) {
          events.push(`give ${item}`);
          yield item;
        }
      } finally {
        events.push("end");
      }
    };
    return { events, begin };
  };

  /** What is there when the event loop has had a turn. */
  const soon = (value: Promise<unknown>) =>
    Promise.race([value, new Promise((resolve) => setImmediate(resolve, "nothing"))]);

  it("gives each reader all items, the next one when all are done with the last", async () => {
    const { events, begin } = source();
    const lockstep = new Lockstep(begin, 2);
    const read = async (name: string, turns: number) => {
      for await (const item of lockstep.read()) {
        for (let turn = 0; turn < turns; turn++) await null;
        events.push(`${name} has ${item}`);
      }
    };
    await Promise.all([read("a", 0), read("b", 20)]);
    expect(events).toEqual([
      "begin",
      ...[0, 1, 2].flatMap((item) => [`give ${item}`, `a has ${item}`, `b has ${item}`]),
      "end",
    ]);
  });

  it("begins the source again for the next epoch, and ends it with the last reader", async () => {
    const { events, begin } = source();
    const lockstep = new Lockstep(begin, 2);
    const epoch = async () => {
      const items: number[] = [];
      for await (const item of lockstep.read()) items.push(item);
      return items;
    };
    expect(await Promise.all([epoch(), epoch()])).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
    await lockstep.leave();
    const reader = lockstep.read();
    expect(await reader.next()).toEqual({ done: false, value: 0 });
    await reader.return();
    await lockstep.leave();
    expect(events.filter((event) => event === "begin" || event === "end")).toEqual([
      "begin",
      "end",
      "begin",
      "end",
    ]);
  });

  it("goes on when a reader leaves that the others wait for", async () => {
    const lockstep = new Lockstep(source().begin, 2);
    const reader = lockstep.read();
    const first = reader.next();
    await lockstep.leave();
    expect(await soon(first)).toEqual({ done: false, value: 0 });
  });

  it("gives all readers the error of the source", async () => {
    const lockstep = new Lockstep<number>(async function* () {
      yield 1;
      throw new Error("broken");
    }, 2);
    const read = async () => {
      for await (const _ of lockstep.read());
    };
    const errors = [read(), read()].map((reading) => soon(reading.catch(String)));
    expect(await Promise.all(errors)).toEqual(["Error: broken", "Error: broken"]);
  });
});

describe("Reservoir", () => {
  it("keeps each row as often as every other, in the order of the table", async () => {
    const table = await readTable(["x", ...Array.from({ length: 40 }, (_, i) => `row ${i}`)].join("\n"));
    const counts = new Array<number>(40).fill(0);
    const seeds = 2000;
    for (let seed = 0; seed < seeds; seed++) {
      const reservoir = new Reservoir(10, seed);
      for (const begin of [0, 15, 25])
        reservoir.add(
          table.take([...table.lines.keys()].slice(begin, begin === 0 ? 15 : begin === 15 ? 25 : 40)),
        );
      const { table: kept, positions } = reservoir.rows();
      expect(kept.column("x")).toEqual(Array.from(positions, (row) => `row ${row}`));
      expect(kept.lines).toEqual(Array.from(positions, (row) => row + 2));
      expect([...positions]).toEqual([...new Set(positions)].sort((a, b) => a - b));
      for (const row of positions) counts[row]++;
    }
    // Binomial with mean 500 and deviation 19.4: five deviations.
    for (const count of counts) expect(Math.abs(count - seeds / 4)).toBeLessThan(97);
  });
});

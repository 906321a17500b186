import { describe, it } from "vitest";
import * as library from "../src/index.js";
import * as inference from "../src/inference.js";
import * as node from "../src/node.js";
import * as onnx from "../src/onnx.js";
import * as table from "../src/table.js";
import * as text from "../src/text.js";
import * as tfjs from "../src/tfjs.js";

/** Classes whose constructors the library calls, or that others extend; and what would write files. */
const internal = ["Backend", "Loss", "Matrix", "Network", "Optimizer", "TableError", "writeWhole"];

const backend = library.createBackendSync();
const model = new library.Sequential(backend, { inputShape: 2, layers: [library.dense(1)] });
/** What comes by mistake: nothing, an await that was forgotten, one thing for another. */
const odd: readonly unknown[] = [
  undefined,
  null,
  {},
  5,
  Number.NaN,
  "abc",
  [],
  [undefined],
  () => {},
  Promise.resolve(model),
  backend,
  model,
];

const argumentLists = [
  [],
  ...odd.map((a) => [a]),
  ...odd.flatMap((a) => odd.map((b) => [a, b])),
  ...odd.flatMap((a) => [
    [model, a, {}],
    [backend, a, {}],
    [a, {}, {}],
  ]),
];

const errors = Object.values({ ...library, ...table }).filter(
  (value) => typeof value === "function" && value.prototype instanceof Error,
) as (typeof Error)[];
const isOwn = (error: unknown) => errors.some((Kind) => error instanceof Kind);

type Call = (...values: readonly unknown[]) => unknown;

/** Calls it, and awaits what it gives. */
async function settled(call: Call, values: readonly unknown[]): Promise<void> {
  const given = /^class/.test(Function.prototype.toString.call(call))
    ? new (call as unknown as new (...values: readonly unknown[]) => unknown)(...values)
    : call(...values);
  const pieces = (given as AsyncIterable<unknown> | null)?.[Symbol.asyncIterator]?.();
  await (pieces ? pieces.next() : given);
}

describe("a public function whose arguments are wrong", () => {
  const functions = Object.entries({ library, inference, onnx, tfjs, node, table, text }).flatMap(
    ([entry, exports]) =>
      Object.entries(exports)
        .filter(([name, value]) => typeof value === "function" && !internal.includes(name))
        .filter(([, value]) => !((value as typeof Error).prototype instanceof Error))
        .map(([name, value]) => [`${name} of ${entry}`, value as Call] as const),
  );

  it.each(functions)("throws no error but of the library: %s", async (_, call) => {
    for (const values of argumentLists)
      await settled(call, values).catch((error: unknown) => {
        if (!isOwn(error)) throw error;
      });
  });
});

import { describe, expect, it } from "vitest";
import type { Host } from "../../src/core/host.js";
import type { Value } from "../../src/graph/value.js";
import { createBackendSync } from "../../src/index.js";
import { exactVariants, on } from "../reference/backends.js";
import { expectClose } from "../reference/golden.js";
import { float64Backend } from "../support/float64-backend.js";
import { Random } from "../support/random.js";
import { numbers, type RandomGraph, randomGraph } from "./random-graph.js";
import { differences, Session, type SessionOptions } from "./session.js";

/** Everything about a case follows from its seed. */
function caseOf(seed: number) {
  const random = new Random(seed);
  const trace = (): RandomGraph => randomGraph(new Random(seed + 1), 3 + (seed % 14));
  const traced = trace();
  const rows = 1 + random.integer(5);
  return {
    trace,
    rows,
    inputs: traced.inputs.map(({ size }) => numbers(random, rows * size)),
    parameters: traced.parameters.map(({ size }) => numbers(random, size)),
    buffers: traced.buffers.map(({ size }) => numbers(random, size).map((number) => number || 1)),
    upstream: traced.outputs.map(({ size }) => numbers(random, rows * size)),
  };
}

type Case = ReturnType<typeof caseOf>;

function sessionOf(backend: Host, { trace, parameters, buffers }: Case, options?: SessionOptions): Session {
  const traced = trace();
  const session = new Session(backend, traced, options);
  traced.parameters.forEach((parameter, i) => {
    session.write(parameter, parameters[i]);
  });
  // Away from 0, by which is divided.
  traced.buffers.forEach((buffer, i) => {
    session.write(
      buffer,
      buffers[i].map((number) => number + 2 * Math.sign(number)),
    );
  });
  return session;
}

const SEEDS = Array.from({ length: 200 }, (_, i) => i);

describe.each(exactVariants)("random networks on the %s build", (variant) => {
  it("have the same bits whether memory is used twice or not, and read nothing that is not there", () => {
    const backend = createBackendSync(on(variant));
    let saved = 0;
    for (const seed of SEEDS) {
      const one = caseOf(seed);
      const run = (options: SessionOptions) => {
        const session = sessionOf(backend, one, options);
        const results = session.run(one.rows, one.inputs, one.upstream);
        return { results, bytes: session.plan.bytes };
      };
      const apart = run({ withoutReuse: true });
      const reusing = run({});
      expect(reusing.results, `seed ${seed}`).toEqual(apart.results);
      expect(run({ poisoned: true }).results, `seed ${seed}, poisoned`).toEqual(apart.results);
      if (reusing.bytes < apart.bytes) saved++;
      expect(reusing.bytes, `seed ${seed}`).toBeLessThanOrEqual(apart.bytes);
    }
    expect(saved).toBeGreaterThan(SEEDS.length / 2);
  });

  it("have the gradients of the same plan in float64", () => {
    const backend = createBackendSync(on(variant));
    for (const seed of SEEDS) {
      const one = caseOf(seed);
      const got = sessionOf(backend, one).run(one.rows, one.inputs, one.upstream);
      const expected = sessionOf(float64Backend(), one).run(one.rows, one.inputs, one.upstream);
      got.outputs.forEach((output, i) => {
        expectClose(`seed ${seed}: output ${i}`, output, expected.outputs[i], 1e-4, 1e-4);
      });
      got.gradients.forEach((gradient, i) => {
        const scale = Math.max(1, ...expected.gradients[i].map(Math.abs));
        expectClose(`seed ${seed}: gradient ${i}`, gradient, expected.gradients[i], 1e-4 * scale, 1e-4);
      });
    }
  });
});

it("random networks have the gradients that central differences give", () => {
  let checked = 0;
  for (const seed of SEEDS.slice(0, 80)) {
    const one = caseOf(seed);
    const session = sessionOf(float64Backend(), one);
    const { gradients } = session.run(one.rows, one.inputs, one.upstream);
    const expected = differences(session, one.rows, one.inputs, one.parameters, one.upstream);
    gradients.forEach((gradient, i) => {
      const scale = Math.max(1, ...expected[i].map(Math.abs));
      expectClose(`seed ${seed}: gradient ${i}`, gradient, expected[i], 1e-7 * scale, 1e-6);
      checked += gradient.filter((value) => value !== 0).length;
    });
  }
  expect(checked).toBeGreaterThan(1000);
});

it("random networks replace what is in the place of their gradients", () => {
  const backend = createBackendSync();
  for (const seed of SEEDS.slice(0, 50)) {
    const one = caseOf(seed);
    const session = sessionOf(backend, one);
    const once = session.run(one.rows, one.inputs, one.upstream).gradients;
    for (const value of session.wrt)
      if (value.kind === "parameter")
        session.write(session.derivative.gradients.get(value) as Value, new Float32Array(value.size).fill(7));
    expect(session.run(one.rows, one.inputs, one.upstream).gradients, `seed ${seed}`).toEqual(once);
  }
});

import { describe, expect, it } from "vitest";
import { builds } from "../support/builds.js";
import { momentumUses } from "../support/cases.js";
import { U } from "../support/floats.js";
import { type Call, call, demandClose, input, resultOf, run, update } from "../support/harness.js";
import { Random } from "../support/random.js";
import { describeAgainstTwins } from "../support/suite.js";

describeAgainstTwins("optimizers");

const N = 37;
const STEPS = 6;

/** The weights after some steps along gradients that change, from zeros in `slots` slabs besides w and g. */
function walk(
  build: (typeof builds)[number],
  slots: number,
  step: (t: number, slabs: Float32Array[], g: Float32Array) => Call,
): Float32Array {
  const random = new Random(11);
  let slabs = [random.floats(N), ...Array.from({ length: slots }, () => new Float32Array(N))];
  for (let t = 1; t <= STEPS; t++) {
    const outcome = run(build, step(t, slabs, random.floats(N)));
    slabs = [...outcome.words.keys()].map((slot) => resultOf(outcome, slot));
  }
  return slabs[0];
}

/** The same walk by a formula in float64, an element at a time. */
function walkOf(step: (t: number, w: number, g: number, memory: number[]) => number): Float64Array {
  const random = new Random(11);
  const w = Float64Array.from(random.floats(N));
  const memories = Array.from({ length: N }, () => [0, 0]);
  for (let t = 1; t <= STEPS; t++)
    for (const [i, g] of random.floats(N).entries()) w[i] = step(t, w[i], g, memories[i]);
  return w;
}

describe.each(builds)("several steps in the $variant build follow the published rule", (build) => {
  const [rate, b] = [0.1, 0.9];

  const nesterov = (_t: number, w: number, g: number, memory: number[]) => {
    memory[0] = b * memory[0] + g;
    return w - rate * (g + b * memory[0]);
  };
  const plain = (_t: number, w: number, g: number, memory: number[]) => {
    memory[0] = b * memory[0] + g;
    return w - rate * memory[0];
  };

  it.each(Object.entries(momentumUses))("momentum that holds %s", (name, use) => {
    const weights = walk(build, 1, (_, [w, m], g) =>
      call("momentum", update(w), input(g), update(m), N, 0, ...use),
    );
    demandClose(weights, walkOf(name.endsWith("Nesterov") ? nesterov : plain), () => 8 * STEPS * U, name);
  });

  it.each([
    ["adam", 0, 0],
    ["adam with an L2 penalty", 0.05, 0],
    ["adam with decoupled decay", 0, 0.05],
  ])("%s (Kingma and Ba 2015, Loshchilov and Hutter 2019)", (name, penalty, decoupled) => {
    const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
    const weights = walk(build, 2, (t, [w, m, v], g) => {
      const correction = Math.sqrt(1 - beta2 ** t);
      const corrected = (rate * correction) / (1 - beta1 ** t);
      const slabs = [update(w), input(g), update(m), update(v)] as const;
      return call(
        "adam",
        ...slabs,
        0,
        N,
        penalty,
        1 - rate * decoupled,
        corrected,
        1 - beta1,
        1 - beta2,
        epsilon * correction,
        0,
      );
    });
    const expected = walkOf((t, w, g, memory) => {
      const gradient = g + penalty * w;
      memory[0] = beta1 * memory[0] + (1 - beta1) * gradient;
      memory[1] = beta2 * memory[1] + (1 - beta2) * gradient ** 2;
      const step = memory[0] / (1 - beta1 ** t) / (Math.sqrt(memory[1] / (1 - beta2 ** t)) + epsilon);
      return w - rate * step - rate * decoupled * w;
    });
    demandClose(weights, expected, () => 16 * STEPS * U, name);
  });

  it.each([0, 0.05])("lion with a decay of %s (Chen et al. 2023, algorithm 2)", (decay) => {
    const [beta1, beta2] = [0.9, 0.99];
    const weights = walk(build, 1, (_, [w, m], g) =>
      call("lion", update(w), input(g), update(m), N, 1 - rate * decay, rate, 1 - beta1, 1 - beta2),
    );
    const expected = walkOf((_, w, g, memory) => {
      const direction = beta1 * memory[0] + (1 - beta1) * g;
      memory[0] = beta2 * memory[0] + (1 - beta2) * g;
      return w - rate * (Math.sign(direction) + decay * w);
    });
    demandClose(weights, expected, () => 8 * STEPS * U, "lion");
  });

  it("lion leaves a weight whose direction is 0, and passes NaN on", () => {
    const w = update(Float32Array.of(1, 1, 1));
    const outcome = run(
      build,
      call(
        "lion",
        w,
        input(Float32Array.of(0, Number.NaN, -0)),
        update(new Float32Array(3)),
        3,
        1,
        0.5,
        0.1,
        0.01,
      ),
    );
    expect([...resultOf(outcome, w)]).toEqual([1, Number.NaN, 1]);
  });
});

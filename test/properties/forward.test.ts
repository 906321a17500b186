import fc from "fast-check";
import { describe, it } from "vitest";
import { type ActivationName, createBackendSync, dense, Network } from "../../src/index.js";
import { exactVariants, on } from "../reference/backends.js";
import { activationNames } from "../reference/network.js";
import { exact } from "../support/floats.js";
import { demandClose } from "../support/harness.js";
import { holds, random, width } from "./property.js";

describe.each(exactVariants)("forward on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));

  it.each(activationNames)(
    "a row's output has the same bits in any batch and anywhere in it: %s, hidden and last",
    (name) => {
      const activation = name as ActivationName;
      holds(
        fc.property(
          random,
          width,
          width,
          width,
          width,
          fc.nat(),
          (from, batch, inputs, units, outputs, any) => {
            using model = new Network(backend, {
              inputShape: inputs,
              layers: [dense(units, { activation }), dense(outputs, { activation })],
            });
            for (const { value } of model.parameters) value.set([...from.floats(value.length)]);
            const x = from.floats(batch * inputs, -3, 3);
            const row = any % batch;
            const alone = model.predict(x.subarray(row * inputs, (row + 1) * inputs));
            demandClose(
              model.predict(x).subarray(row * outputs, (row + 1) * outputs),
              alone,
              exact,
              `row ${row} of ${batch}`,
            );
            using some = backend.matrix(batch, inputs, x);
            const trained = model.forward(some, { training: true }).data;
            demandClose(
              trained.subarray(row * outputs, (row + 1) * outputs),
              alone,
              exact,
              `row ${row} of ${batch}, in training`,
            );
          },
        ),
        30,
      );
    },
  );
});

import {
  adam,
  type CustomBackward,
  type CustomForward,
  CustomLayer,
  type CustomParameter,
  checkGradients,
  createBackend,
  dense,
  loadModel,
  Sequential,
  saveModel,
} from "lanewise";
import { runCommand } from "../../cli/command.js";

/**
 * Radial basis functions (Broomhead and Lowe 1988): y = exp(-|s (x - c)|^2), a bump for each unit, with the
 * centre c and the sharpness s learnt. x: [rows, inputs], y: [rows, units].
 */
class RadialBasis extends CustomLayer<{ units: number }> {
  readonly type = "radialBasis";

  override outputShape(): number[] {
    return [this.options.units];
  }

  override parameters([inputs]: readonly number[]): CustomParameter[] {
    const { units } = this.options;
    return [
      { name: "center", shape: [inputs, units], initializer: "heUniform" },
      { name: "sharpness", shape: [units], initializer: (values) => values.fill(1.5) },
    ];
  }

  forward({ rows, x, y, parameters: { center, sharpness } }: CustomForward): void {
    const { units } = this.options;
    const inputs = x.length / rows;
    for (let row = 0; row < rows; row++) {
      for (let unit = 0; unit < units; unit++) {
        let square = 0;
        for (let i = 0; i < inputs; i++) square += (x[row * inputs + i] - center[i * units + unit]) ** 2;
        y[row * units + unit] = Math.exp(-(sharpness[unit] ** 2) * square);
      }
    }
  }

  backward({ rows, x, y, dy, dx, parameters: { center, sharpness }, gradients }: CustomBackward): void {
    const { units } = this.options;
    const inputs = x.length / rows;
    dx?.fill(0);
    for (let row = 0; row < rows; row++) {
      for (let unit = 0; unit < units; unit++) {
        const at = row * units + unit;
        // dy/dc = 2 s^2 (x - c) y, dy/dx = -dy/dc, dy/ds = -2 s |x - c|^2 y.
        const slope = 2 * sharpness[unit] * dy[at] * y[at];
        for (let i = 0; i < inputs; i++) {
          const gap = x[row * inputs + i] - center[i * units + unit];
          gradients.center[i * units + unit] += slope * sharpness[unit] * gap;
          gradients.sharpness[unit] -= slope * gap * gap;
          if (dx) dx[row * inputs + i] -= slope * sharpness[unit] * gap;
        }
      }
    }
  }
}

/**
 * Trains a model with a layer that the library does not have, after its gradients have been checked, and
 * saves and loads it.
 */
await runCommand({
  name: "npm run example:custom-layer --",
  description: "Trains a model with a layer of one's own.",
  options: {},
  run: main,
});

async function main(): Promise<void> {
  const wave = (x: number) => Math.sin(5 * x) * Math.exp(-x * x);
  const x = Array.from({ length: 200 }, (_, i) => i / 50 - 2);
  const y = x.map(wave);

  const backend = await createBackend();
  const model = new Sequential(backend, {
    inputShape: 1,
    seed: 2,
    layers: [new RadialBasis({ units: 24 }), dense(1)],
  });
  const few = x.filter((_, i) => i % 20 === 0);
  console.log("gradients by backward and by differences:");
  console.table(checkGradients(model, few, few.map(wave), { loss: "meanSquaredError" }));

  const { epochs } = await model.fit(x, y, {
    loss: "meanSquaredError",
    optimizer: adam({ learningRate: 0.01 }),
    epochs: 400,
  });
  console.log(
    `mean squared error ${epochs[0].loss.toExponential(2)} in the first epoch, ${epochs[epochs.length - 1].loss.toExponential(2)} in the last of ${epochs.length}`,
  );

  const loaded = await loadModel(backend, saveModel(model), {
    layers: { radialBasis: (options: { units: number }) => new RadialBasis(options) },
  });
  const [saved, again] = [model.predict(x), loaded.predict(x)];
  console.log(
    `saved, loaded and asked again: ${saved.every((value, i) => value === again[i]) ? "the same predictions" : "other predictions"}`,
  );
}

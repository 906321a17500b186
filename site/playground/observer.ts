import { sceneOf } from "./data/index.js";
import { stepOf } from "./equations.js";
import { Forward } from "./forward.js";
import { histogramOf } from "./histogram.js";
import type { Learner } from "./learner.js";
import type { Look, Snapshot } from "./messages.js";
import { shapeOf } from "./recipe.js";
import { RidgeHistory } from "./ridges.js";

const ANSWER_SIDE = 128;

/** Rows and columns of the units' maps: fewer if there are many units. */
const sideFor = (units: number): number => (units <= 40 ? 64 : 32);

/** Bins of a ridge. */
const BINS = 32;

/** Milliseconds over which the speed is measured. */
const WINDOW = 400;

/** Looks at a run: what each unit answers, the losses, the speed. */
export class Observer {
  private readonly side: number;
  /** Undefined where a scene has no maps. */
  private readonly maps: Forward | undefined;
  private readonly answer: Forward | undefined;
  private readonly probe: Forward;
  private readonly training: Forward;
  private readonly test: Forward | undefined;
  private readonly history = new RidgeHistory();
  private told = 0;
  /** Times, and the number of samples that had been trained by then. */
  private readonly marks: { readonly at: number; readonly samples: number }[] = [];

  constructor(private readonly learner: Learner) {
    const { backend, recipe, data } = learner;
    const scene = sceneOf(recipe.scene);
    const shape = shapeOf(recipe);
    const outputs = shape[shape.length - 1];
    const units = shape.slice(1).reduce((sum, count) => sum + count, 0);
    this.side = sideFor(units);
    const rowsOf = (side: number) => (scene.map === "picture" ? side * side : side);
    const over = (side: number) =>
      new Forward(backend, recipe, outputs, scene.grid(recipe, side), rowsOf(side));
    this.maps = scene.map === "none" ? undefined : over(this.side);
    this.answer = scene.map === "none" ? undefined : over(ANSWER_SIDE);
    this.probe = new Forward(backend, recipe, outputs, new Float32Array(recipe.inputs.length), 1);
    this.training = new Forward(backend, recipe, outputs, data.training.x, data.training.rows);
    this.test =
      data.test.rows > 0 ? new Forward(backend, recipe, outputs, data.test.x, data.test.rows) : undefined;
    this.record();
  }

  /** Keeps the histograms of an epoch that has ended, if they are due. */
  record(): void {
    const { model, epoch } = this.learner;
    if (!this.history.isDue(epoch)) return;
    const layers = this.training.run(model).map((outputs, i) => ({
      weights: histogramOf(model.parameters[2 * i].value.data, BINS),
      outputs: histogramOf(outputs, BINS),
    }));
    this.history.add({ epoch, layers });
  }

  /** The snapshot, and the memory that goes to the page with it. */
  look({ samples, equations, ridges, probe }: Look): [Snapshot, ArrayBuffer[]] {
    const { learner } = this;
    const { model, epoch, batch, losses } = learner;
    const snapshot: Snapshot = {
      epoch,
      batch,
      samplesPerSecond: this.speed(),
      losses: Float32Array.from(losses.slice(this.told)),
      testLoss: learner.testLoss(),
      side: this.side,
      maps: this.maps?.run(model) ?? [],
      answerSide: ANSWER_SIDE,
      answer: this.answer?.run(model).at(-1) ?? new Float32Array(),
      parameters: model.parameters.map(({ value }) => value.data.slice()),
      ...(equations && { equations: stepOf(learner) }),
      ...(ridges && { ridges: this.history.ridges }),
      ...(samples && {
        samples: { training: this.training.run(model), test: this.test?.run(model) ?? [] },
      }),
      ...(probe && { probe: this.probe.run(model, probe) }),
    };
    this.told = losses.length;
    const arrays = [
      snapshot.losses,
      snapshot.answer,
      ...snapshot.maps,
      ...snapshot.parameters,
      ...(snapshot.samples?.training ?? []),
      ...(snapshot.samples?.test ?? []),
      ...(snapshot.probe ?? []),
    ];
    return [snapshot, arrays.map(({ buffer }) => buffer as ArrayBuffer)];
  }

  /** Samples per second, over the last moment. */
  private speed(): number | undefined {
    const mark = { at: performance.now(), samples: this.learner.samples };
    this.marks.push(mark);
    while (this.marks.length > 2 && mark.at - this.marks[0].at > WINDOW) this.marks.shift();
    const { at, samples } = this.marks[0];
    return mark.at > at ? ((mark.samples - samples) * 1000) / (mark.at - at) : undefined;
  }

  dispose(): void {
    const { maps, answer, probe, training, test } = this;
    for (const forward of [maps, answer, probe, training, test]) forward?.dispose();
  }
}

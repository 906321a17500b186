import { sceneOf } from "./data/index.js";
import { stepOf } from "./equations.js";
import { Forward } from "./forward.js";
import { histogramOf } from "./histogram.js";
import type { Learner } from "./learner.js";
import type { Look, Snapshot } from "./messages.js";
import { isDense, parameterLengths, stagesOf } from "./recipe.js";
import { RidgeHistory } from "./ridges.js";

/** Rows and columns of the answer's map: fewer where each value takes long. */
const answerSideFor = (weights: number): number => (weights <= 4000 ? 128 : 64);

/** Rows and columns of the units' maps: fewer if there are many units. */
const sideFor = (units: number): number => (units <= 40 ? 64 : 32);

/** Bins of a ridge. */
const BINS = 32;

/** Training samples that a ridge is made of: more take as long as training does, and change no shape. */
const MOST_IN_RIDGE = 256;

/** Milliseconds over which the speed is measured. */
const WINDOW = 400;

/** Looks at a run: what each unit answers, the losses, the speed. */
export class Observer {
  private readonly side: number;
  private readonly answerSide: number;
  /** Undefined where a scene has no maps. */
  private readonly maps: Forward | undefined;
  private readonly answer: Forward | undefined;
  private readonly probe: Forward;
  private readonly training: Forward;
  private readonly typical: Forward;
  private readonly test: Forward | undefined;
  private readonly history = new RidgeHistory();
  /** Times, and the number of samples that had been trained by then. */
  private readonly marks: { readonly at: number; readonly samples: number }[] = [];

  constructor(private readonly learner: Learner) {
    const { recipe, data } = learner;
    const scene = sceneOf(recipe.scene);
    const units = stagesOf(recipe).reduce((sum, stage) => sum + stage.units, 0);
    this.side = sideFor(units);
    this.answerSide = answerSideFor(parameterLengths(recipe).reduce((sum, count) => sum + count, 0));
    const rowsOf = (side: number) => (scene.map === "picture" ? side * side : side);
    const over = (side: number, last = false) =>
      new Forward(learner, scene.grid(recipe, side), rowsOf(side), last);
    this.maps = scene.map === "none" ? undefined : over(this.side);
    this.answer = scene.map === "none" ? undefined : over(this.answerSide, true);
    this.probe = new Forward(learner, new Float32Array(recipe.inputs.length), 1);
    const { x, rows } = data.training;
    this.training = new Forward(learner, x, rows);
    const most = Math.min(rows, MOST_IN_RIDGE);
    this.typical = new Forward(learner, x.subarray(0, (x.length / rows) * most), most);
    this.test = data.test.rows > 0 ? new Forward(learner, data.test.x, data.test.rows) : undefined;
    this.record();
  }

  /** Keeps the histograms of an epoch that has ended, if they are due: of the stages that learn. */
  record(): void {
    const { model, epoch, recipe } = this.learner;
    if (!this.history.isDue(epoch)) return;
    const outputs = this.typical.run(model);
    const layers = stagesOf(recipe).flatMap(({ parameter }, i) =>
      parameter === undefined
        ? []
        : {
            weights: histogramOf(model.parameters[parameter].value.data, BINS),
            outputs: histogramOf(outputs[i], BINS),
          },
    );
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
      // Taken out: a run of 100,000 epochs would keep them all.
      losses: Float32Array.from(losses.splice(0)),
      testLoss: learner.testLoss(),
      side: this.side,
      maps: this.maps?.run(model) ?? [],
      answerSide: this.answerSide,
      answer: this.answer?.run(model).at(-1) ?? new Float32Array(),
      parameters: model.parameters.map(({ value }) => value.data.slice()),
      ...(equations && isDense(learner.recipe) && { equations: stepOf(learner) }),
      ...(ridges && { ridges: this.history.ridges }),
      ...(samples && {
        samples: { training: this.training.run(model), test: this.test?.run(model) ?? [] },
      }),
      ...(probe && { probe: this.probe.run(model, probe) }),
    };
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
    const { maps, answer, probe, training, typical, test } = this;
    for (const forward of [maps, answer, probe, training, typical, test]) forward?.dispose();
  }
}

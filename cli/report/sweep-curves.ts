import type { SweepResult, TrialResult } from "lanewise/distributed";
import { counted } from "../figures.js";
import { amount, score } from "./format.js";
import { type Html, html } from "./html.js";
import { axis, colors, figure, grid, line } from "./picture.js";
import { roundRange } from "./range.js";

/** Trials whose curves are drawn: the best. */
const MOST = 6;

/** How the best trials learned, fold by fold, on one scale. */
export function curvesSection({ trials, ranking }: SweepResult): Html {
  const shown = ranking
    .slice(0, MOST)
    .map((index) => trials[index])
    .filter(({ score }) => score !== null);
  const all = shown.flatMap(({ folds }) => folds);
  // The first epoch's loss, before anything is learned, would press all others to the ground.
  const losses = all.flatMap(({ curve = [], validationCurve = [] }) => [
    ...(curve.length > 1 ? curve.slice(1) : curve),
    ...validationCurve,
  ]);
  const range = roundRange(losses.length > 0 ? [Math.min(...losses), Math.max(...losses)] : [0, 1], 2);
  const longest = Math.max(...all.map(({ trained }) => trained));
  const isStopped = all.some(({ validationCurve }) => validationCurve);
  return html`<section id="learning">
<h2>Learning curves</h2>
<p>The training loss of the best trials, a line for each fold${
    isStopped && ", and the loss on the rows that training stopped by"
  }. A curve that still falls at its end asks for more epochs.</p>
<p class="legend"><span class="key line muted"></span>training rows ${
    isStopped && html`<span class="key line"></span>held-out rows`
  }</p>
<div class="cards small">
${shown.map((trial) => curves(trial, range, longest))}
</div>
</section>
`;
}

function curves(
  { index, folds, score: mean }: TrialResult,
  range: ReturnType<typeof roundRange>,
  longest: number,
): Html {
  const [first] = folds;
  return figure({
    id: `trial-${index}`,
    title: `Trial ${index}`,
    label: `Learning curves of trial ${index}: in the first fold the training loss falls from ${score(
      first.curve?.[0] ?? Number.NaN,
    )} to ${score(first.curve?.at(-1) ?? Number.NaN)} in ${counted(first.trained, "epoch")}.`,
    caption: `score ${amount(mean ?? Number.NaN)}, ${folds.map(({ epochs }) => epochs).join(", ")} epochs`,
    width: 200,
    height: 150,
    option: {
      grid: grid(38, 10, 150, 94),
      xAxis: axis({ name: "epoch", ...roundRange([0, longest], 3), gap: 26 }),
      yAxis: axis({ name: "", ...range, format: short }),
      series: folds.flatMap(({ curve = [], validationCurve, trained }) => [
        line(points(curve, trained), colors.muted, { width: 1.25 }),
        ...(validationCurve ? [line(points(validationCurve, trained), colors.accent, { width: 1.25 })] : []),
      ]),
    },
  });
}

/** The points of a curve at the epochs that they are of. */
const points = (curve: readonly number[], trained: number): [number, number][] =>
  curve.map((value, i) => [Math.floor(((i + 1) * trained) / curve.length), value]);

const short = (value: number): string => String(Number(value.toPrecision(3)));

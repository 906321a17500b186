import type { HeldOutPredictions } from "lanewise/table";
import { counted, grouped } from "../figures.js";
import { dots } from "./dots.js";
import type { ValueEvidence } from "./evidence.js";
import { amount, percent, score, tick } from "./format.js";
import { type Content, type Html, html } from "./html.js";
import { axis, colors, figure, grid, line } from "./picture.js";
import { roundRange, roundStep } from "./range.js";

const SIZE = { width: 440, height: 430 };
const BOX = { left: 76, top: 14, width: 344, height: 350 };
const GAP = 58;
const MOST_ERRORS = 12;
/** About how many bars a histogram has. */
const BARS = 24;
/** The part of the rows whose residuals a histogram shows one by one; the outermost bars have the rest. */
const INNER = 0.99;

/** What was predicted against what is. */
export function valuesSection(evidence: ValueEvidence, target: Content): Html {
  const { targets, outputs } = evidence.predictions;
  const rows = Array.from(targets.keys()).filter((row) => Number.isFinite(outputs[row]));
  const pairs = rows.map((row) => [outputs[row], targets[row]] as const);
  const residuals = rows.map((row) => targets[row] - outputs[row]);
  return html`<section id="values">
<h2>Values</h2>
<p>From the ${counted(targets.length, "row")} of the ${evidence.name}. A residual is the actual value of
${target} less the predicted one.</p>
<div class="cards">
${agreementFigure(pairs, evidence.scores.r2)}
${residualsFigure(
  pairs.map(([predicted], i) => [predicted, residuals[i]] as const),
  evidence.scores.mae,
)}
${histogramFigure(residuals)}
${largestErrors(evidence.predictions)}
</div>
</section>
`;
}

type Point = readonly [x: number, y: number];

function rangeOf(values: readonly number[]): [number, number] {
  return values.reduce(
    ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}

function agreementFigure(pairs: readonly Point[], r2: number): Html {
  const range = rangeOf(pairs.flat());
  const scale = { ...roundRange(range, 5), format: tick };
  return figure({
    id: "agreement",
    title: "Predicted and actual",
    label: `Scatter plot of actual against predicted values of ${counted(pairs.length, "row")}. R² is ${score(r2)}.`,
    caption:
      "On the dashed line a prediction is right; above it, the actual value is larger. The stronger a dot, the more rows are there.",
    ...SIZE,
    option: {
      grid: grid(BOX.left, BOX.top, BOX.width, BOX.height),
      xAxis: axis({ name: "predicted", ...scale }),
      yAxis: axis({ name: "actual", ...scale, gap: GAP }),
      series: [
        ...dots(pairs, SIZE),
        line(
          [
            [scale.min, scale.min],
            [scale.max, scale.max],
          ],
          colors.ink,
          { width: 1.5, isDashed: true },
        ),
      ],
    },
  });
}

function residualsFigure(points: readonly Point[], mae: number): Html {
  const [low, high] = rangeOf(points.map(([x]) => x));
  return figure({
    id: "residuals",
    title: "Residuals",
    label: `Scatter plot of residuals against predicted values of ${counted(points.length, "row")}. Their mean size is ${amount(mae)}.`,
    caption:
      "Good residuals lie around the dashed line in no order. A bend or a funnel says that something is not learned, or that large values are less certain.",
    ...SIZE,
    option: {
      grid: grid(BOX.left, BOX.top, BOX.width, BOX.height),
      xAxis: axis({ name: "predicted", format: tick }),
      yAxis: axis({ name: "actual − predicted", format: tick, gap: GAP }),
      series: [
        ...dots(points, SIZE),
        line(
          [
            [low, 0],
            [high, 0],
          ],
          colors.ink,
          { width: 1.5, isDashed: true },
        ),
      ],
    },
  });
}

/** The rows that are predicted worst: mistakes in the data are often among them. */
function largestErrors({ rows, targets, outputs }: HeldOutPredictions): Html {
  const error = (i: number) => targets[i] - outputs[i];
  const worst = Array.from(targets.keys())
    .sort((a, b) => Math.abs(error(b)) - Math.abs(error(a)) || a - b)
    .slice(0, MOST_ERRORS);
  return html`<div class="card">
<h3>Largest errors</h3>
<div class="scroll" tabindex="0" role="group" aria-label="Largest errors"><table class="numbers">
<thead><tr><th scope="col">Row</th><th scope="col">Actual</th><th scope="col">Predicted</th><th scope="col">Residual</th></tr></thead>
<tbody>${worst.map(
    (
      i,
    ) => html`<tr><th scope="row">${grouped(rows[i] + 1)}</th><td>${tick(targets[i])}</td><td>${amount(outputs[i])}</td><td>${amount(error(i))}</td></tr>
`,
  )}</tbody>
</table></div>
<p class="note">Rows are counted from the first one below the header.</p>
</div>
`;
}

/** Counts of residuals in bars of one width around 0; rows beyond the outermost bars count in these. */
export function histogramOf(residuals: readonly number[]): { step: number; counts: number[] } {
  const sizes = residuals.map(Math.abs).sort((a, b) => a - b);
  const most = sizes[Math.min(sizes.length - 1, Math.floor(INNER * sizes.length))] ?? 0;
  const step = roundStep((2 * most) / BARS);
  const half = Math.max(1, Math.ceil(most / step));
  const counts = new Array<number>(2 * half).fill(0);
  for (const residual of residuals)
    counts[Math.max(0, Math.min(2 * half - 1, Math.floor(residual / step) + half))]++;
  return { step, counts };
}

function histogramFigure(residuals: readonly number[]): Html {
  const { step, counts } = histogramOf(residuals);
  const half = counts.length / 2;
  const beyond = residuals.filter((residual) => Math.abs(residual) > half * step).length;
  return figure({
    id: "residual-histogram",
    title: "How large errors are",
    label: `Histogram of residuals in steps of ${tick(step)}: ${percent(
      (counts[half - 1] + counts[half]) / residuals.length,
    )} are less than ${tick(step)} from 0.`,
    caption: html`Rows by their residual, in steps of ${tick(step)}.${
      beyond > 0 && ` The outermost bars include ${counted(beyond, "row")} beyond them.`
    }`,
    ...SIZE,
    option: {
      grid: grid(BOX.left, BOX.top, BOX.width, BOX.height),
      xAxis: axis({
        name: "actual − predicted",
        min: -half * step,
        max: half * step,
        interval: (half * step) / 2,
        format: tick,
      }),
      yAxis: { ...axis({ name: "rows", min: 0, gap: GAP }), minInterval: 1 },
      series: [
        {
          type: "bar",
          silent: true,
          barWidth: BOX.width / counts.length - 1.5,
          itemStyle: { color: colors.pale },
          data: counts.map((count, i) => [(i + 0.5 - half) * step, count]),
        },
        {
          type: "line",
          showSymbol: false,
          silent: true,
          lineStyle: { color: colors.ink, width: 1.5, type: [4, 4] },
          data: [
            [0, 0],
            [0, Math.max(...counts)],
          ],
        },
      ],
    },
  });
}

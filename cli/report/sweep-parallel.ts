import type { EChartsOption } from "echarts";
import type { SweepResult, TrialResult } from "lanewise/distributed";
import { shortNames, valueText } from "../sweep-text.js";
import { tick } from "./format.js";
import { type Html, html } from "./html.js";
import { colors, figure } from "./picture.js";
import { roundRange } from "./range.js";

/** Axes beside that of the score. */
const MOST_AXES = 7;
/** Trials that are drawn: the best. */
const MOST_LINES = 300;
/** From this quotient of the largest and the smallest value on, an axis is logarithmic. */
const LOGARITHMIC = 20;

/** Labels stand on the lines, and are readable there. */
const LABEL = { fontSize: 13, color: colors.muted, backgroundColor: colors.ground, padding: [1, 3] } as const;

type Cell = number | string;

interface Axis {
  readonly name: string;
  readonly of: (trial: TrialResult) => Cell;
  readonly option: Readonly<Record<string, unknown>>;
}

/** The values of each trial and its score, as parallel coordinates. */
export function parallelSection({ trials, ranking, metric }: SweepResult): Html {
  const shown = ranking
    .map((index) => trials[index])
    .filter(({ score }) => score !== null)
    .slice(0, MOST_LINES);
  const paths = Object.keys(trials[0].parameters);
  const names = shortNames(paths);
  const axes = [
    ...paths.slice(0, MOST_AXES).map((path, i) => axisOf(names[i], shown, (trial) => cellOf(trial, path))),
    axisOf(metric.name, shown, ({ score }) => score as number, metric.better === "lower"),
  ];
  const values = (some: readonly TrialResult[]) => some.map((trial) => axes.map(({ of }) => of(trial)));
  const [best, ...others] = shown;
  const good = others.slice(0, Math.ceil(shown.length / 4) - 1);
  const rest = others.slice(good.length);
  const series = [
    lines(values(rest), colors.muted, 1, 0.35),
    lines(values(good), colors.accent, 1.25, 0.55),
    lines(values([best]), colors.accent, 3.5, 1),
  ];
  const width = 960;
  return html`<section id="parallel">
<h2>Values and scores</h2>
<p>Each line is a trial: it goes through its values, and ends at its score. Where the lines of good trials come
together, the value matters; where they spread, it matters little.</p>
${figure({
  id: "coordinates",
  title: `Values and ${metric.name}`,
  label: `Parallel coordinates of ${shown.length} trials; the best, trial ${best.index}, has ${axes
    .map(({ name, of }) => `${name} ${of(best)}`)
    .join(", ")}.`,
  caption: html`<span class="legend"><span class="key line"></span>the best trial, and thinner the best quarter <span
class="key line muted"></span>other trials</span>${
    paths.length > MOST_AXES && html` The first ${MOST_AXES} of ${paths.length} values are drawn.`
  }`,
  width,
  height: 360,
  isWide: true,
  option: {
    parallel: { left: 70, right: 90, top: 46, bottom: 24 },
    parallelAxis: axes.map(({ name, option }, dim) => ({
      dim,
      name,
      nameGap: 16,
      nameTextStyle: { fontSize: 14, color: colors.ink },
      axisLabel: LABEL,
      axisLine: { lineStyle: { color: colors.muted } },
      axisTick: { lineStyle: { color: colors.muted } },
      ...option,
    })),
    series,
  } as EChartsOption,
})}
</section>
`;
}

const lines = (data: readonly (readonly Cell[])[], color: string, width: number, opacity: number) => ({
  type: "parallel" as const,
  silent: true,
  smooth: false,
  lineStyle: { color, width, opacity },
  data,
});

function cellOf({ parameters }: TrialResult, path: string): Cell {
  const value = parameters[path];
  return typeof value === "number" ? value : shortened(valueText(value ?? "none"));
}

const shortened = (text: string): string => (text.length > 16 ? `${text.slice(0, 15)}…` : text);

/** An axis of numbers, or of names in the order of the trials. */
function axisOf(
  name: string,
  trials: readonly TrialResult[],
  of: (trial: TrialResult) => Cell,
  inverse = false,
): Axis {
  const cells = trials.map(of);
  const numbers = cells.filter((cell) => typeof cell === "number");
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  if (numbers.length < cells.length || low === high) {
    const data = [...new Set(cells.map(String))].sort();
    return { name, of: (trial) => String(of(trial)), option: { type: "category", data } };
  }
  const format = { axisLabel: { ...LABEL, formatter: tick } };
  if (low > 0 && high / low >= LOGARITHMIC)
    return { name, of, option: { type: "log", min: low, max: high, inverse, ...format } };
  return { name, of, option: { type: "value", ...roundRange([low, high], 4), inverse, ...format } };
}

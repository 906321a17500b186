import type { EpochLog } from "lanewise";
import type { Axis, Line, Panel, Point } from "../plot.js";
import type { Fold } from "./cross-validate.js";

const curves = [
  { name: "training", color: "#1f6feb", lossOf: ({ loss }: EpochLog) => loss },
  {
    name: "validation",
    color: "#d1242f",
    lossOf: ({ validationLoss }: EpochLog) => validationLoss as number,
  },
];

/**
 * How the losses went: each fold thin and faint, and thick their mean, for as long as none of them has
 * stopped.
 */
export function curvesPanel(title: string, unit: string, folds: readonly Fold[]): Panel {
  const longest = Math.max(...folds.map(({ epochs }) => epochs.length));
  const shortest = Math.min(...folds.map(({ epochs }) => epochs.length));
  const line = (
    { name, color }: Pick<Line, "name" | "color">,
    losses: readonly number[],
    width: number,
    opacity: number,
  ): Line => {
    return { name, color, width, opacity, points: losses.map((loss, i): Point => [i + 1, loss]) };
  };
  return {
    title,
    axes: [
      { name: "epoch", ...scaleOf([0, longest]) },
      {
        name: `loss (${unit})`,
        ...scaleOf(folds.flatMap(({ epochs }) => curves.flatMap(({ lossOf }) => epochs.map(lossOf)))),
      },
    ],
    lines: curves.flatMap((curve) => {
      const losses = folds.map(({ epochs }) => epochs.map(curve.lossOf));
      const mean = Array.from(
        { length: shortest },
        (_, epoch) => losses.reduce((sum, fold) => sum + fold[epoch], 0) / folds.length,
      );
      return [...losses.map((fold) => line(curve, fold, 1, 0.3)), line(curve, mean, 2.5, 1)];
    }),
  };
}

/**
 * From the least value to the largest, or a little further, in at most seven steps of 1, 2 or 5 times a power
 * of ten.
 */
function scaleOf(values: readonly number[]): Pick<Axis, "range" | "interval"> {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const power = 10 ** Math.floor(Math.log10((most - least) / 6));
  const interval = power * ([1, 2, 5].find((step) => step * power >= (most - least) / 6) ?? 10);
  // Without the digits that only rounding has made.
  const round = (value: number) => Number(value.toPrecision(6));
  return {
    range: [round(interval * Math.floor(least / interval)), round(interval * Math.ceil(most / interval))],
    interval,
  };
}

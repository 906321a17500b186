import { grouped } from "../figures.js";
import type { ClassEvidence } from "./evidence.js";
import { percent, score } from "./format.js";
import { type Html, html, named } from "./html.js";
import { axis, colors, figure, grid, line } from "./picture.js";

/** The curve moves by at least this part of an axis from point to point: more points would not be seen. */
const STEP = 1 / 200;

/** The receiver operating characteristic of the second of two classes. */
export function rocFigure({ scores, predictions }: ClassEvidence): Html | false {
  const [other, positive] = scores.classes;
  if (other.rows === 0 || positive.rows === 0) return false;
  const { targets, outputs } = predictions;
  const curve = rocCurve(targets, (row) => outputs[2 * row + 1]);
  const inPercent = (part: number) => percent(part, 0);
  const range = { min: 0, max: 1, interval: 0.2, format: inPercent };
  return figure({
    id: "roc",
    title: html`Finding ${named(positive.label)}`,
    label: `Receiver operating characteristic of the class ${positive.label}: the area under the curve is ${score(scores.rocAuc)}.`,
    caption: html`Each point is another threshold for the probability of ${named(positive.label)}: how many of
its ${grouped(positive.rows)} rows are found, and how many of the other ${grouped(other.rows)} are taken for
it. The area under the curve is ${score(scores.rocAuc)}; the dashed line is chance, 0.5.`,
    width: 440,
    height: 430,
    option: {
      grid: grid(62, 14, 356, 356),
      xAxis: axis({ name: "of the other rows, taken for it", ...range }),
      yAxis: axis({ name: "of its rows, found", ...range, gap: 46 }),
      series: [
        line(
          [
            [0, 0],
            [1, 1],
          ],
          colors.muted,
          { width: 1.5, isDashed: true },
        ),
        line(curve, colors.accent, { width: 2.5 }),
      ],
    },
  });
}

/** Points [false positive rate, true positive rate] for falling thresholds. */
export function rocCurve(
  targets: readonly number[],
  probability: (row: number) => number,
): (readonly [number, number])[] {
  const order = Array.from(targets.keys()).sort((a, b) => probability(b) - probability(a));
  const positives = targets.filter((target) => target === 1).length;
  const negatives = targets.length - positives;
  let [right, wrong] = [0, 0];
  const points: (readonly [number, number])[] = [[0, 0]];
  order.forEach((row, i) => {
    if (targets[row] === 1) right++;
    else wrong++;
    // Rows of one probability are on the same side of every threshold.
    const isLast = i === order.length - 1;
    if (!isLast && probability(order[i + 1]) === probability(row)) return;
    const point = [wrong / negatives, right / positives] as const;
    const before = points[points.length - 1];
    if (isLast || point[0] - before[0] >= STEP || point[1] - before[1] >= STEP) points.push(point);
  });
  return points;
}

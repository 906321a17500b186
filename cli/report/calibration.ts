import type { ClassScores } from "lanewise/table";
import { counted, grouped } from "../figures.js";
import { percent } from "./format.js";
import type { Html } from "./html.js";
import { axis, colors, figure, grid, line } from "./picture.js";

const LEFT = 62;
const WIDTH = 356;

/** A reliability diagram, and below it how many rows each bin has. */
export function calibrationFigure({ calibration, classes }: ClassScores): Html {
  // The most probable of k classes has a probability of at least 1 / k.
  const least = Math.floor(10 / classes.length) / 10;
  const inPercent = (part: number) => percent(part, 0);
  const most = Math.max(...calibration.map(({ rows }) => rows));
  const range = { min: least, max: 1, interval: least >= 0.5 ? 0.1 : 0.2 };
  const points = calibration.map(({ meanProbability, accuracy }) => [meanProbability, accuracy] as const);
  return figure({
    id: "calibration",
    title: "Are probabilities what they say?",
    label: `Reliability diagram. ${calibration
      .map(
        ({ rows, meanProbability, accuracy }) =>
          `${counted(rows, "row")} with a mean probability of ${percent(meanProbability)}: ${percent(accuracy)} right`,
      )
      .join("; ")}.`,
    caption:
      "Rows in bins by the probability of the predicted class. On the dashed line, as many are right as the probability says; below it, the model is too sure. The bars count the rows of each bin.",
    width: 440,
    height: 430,
    option: {
      grid: [grid(LEFT, 14, WIDTH, 250), grid(LEFT, 290, WIDTH, 80)],
      xAxis: [
        { ...axis({ name: "", ...range, format: inPercent, gridIndex: 0 }), axisLabel: { show: false } },
        axis({ name: "probability of the predicted class", ...range, format: inPercent, gridIndex: 1 }),
      ],
      yAxis: [
        axis({ name: "right", min: 0, max: 1, interval: 0.2, format: inPercent, gap: 46, gridIndex: 0 }),
        {
          ...axis({ name: "rows", min: 0, max: 1.25 * most, gap: 46, gridIndex: 1 }),
          axisLabel: { show: false },
          splitLine: { show: false },
        },
      ],
      series: [
        line(
          [
            [least, least],
            [1, 1],
          ],
          colors.muted,
          { width: 1.5, isDashed: true },
        ),
        { ...line(points, colors.accent), showSymbol: true, symbol: "circle", symbolSize: 9 },
        {
          type: "bar",
          xAxisIndex: 1,
          yAxisIndex: 1,
          silent: true,
          barWidth: (0.1 / (1 - least)) * WIDTH - 4,
          itemStyle: { color: colors.pale },
          label: {
            show: true,
            position: "top",
            fontSize: 12,
            color: colors.muted,
            formatter: ({ dataIndex }) => grouped(calibration[dataIndex].rows),
          },
          data: calibration.map(({ from, to, rows }) => [(from + to) / 2, rows]),
        },
      ],
    },
  });
}

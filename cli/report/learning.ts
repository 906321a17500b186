import type { NetworkHistory, TableReport } from "lanewise/table";
import { score } from "./format.js";
import { type Html, html } from "./html.js";
import { axis, colors, figure, grid, line } from "./picture.js";
import { roundRange } from "./range.js";

/** The losses of each network, epoch by epoch, on one scale. */
export function learningSection({ history, epochs, task }: TableReport): Html {
  // The first epoch's loss, before anything is learned, would press all others to the ground.
  const losses = history.flatMap(({ loss, validationLoss = [] }) => [...loss.slice(1), ...validationLoss]);
  const finite = losses.filter(Number.isFinite);
  const range = roundRange(finite.length > 0 ? [Math.min(...finite), Math.max(...finite)] : [0, 1], 2);
  const longest = Math.max(...history.map(({ loss }) => loss.length));
  const isStopped = history.some(({ validationLoss }) => validationLoss);
  const what =
    task === "classification" ? "the mean log loss" : "the mean squared error of the standardised target";
  return html`<section id="learning">
<h2>Learning curves</h2>
<p>The loss of each of the ${history.length} networks is ${what}. ${
    isStopped
      ? html`Training stops when the loss on rows that the network does not learn from no longer falls. The
weights are those of its best epoch, the dot.`
      : "There were too few rows to stop by."
  }</p>
<p class="legend"><span class="key line muted"></span>training rows ${
    isStopped && html`<span class="key line"></span>held-out rows <span class="key point"></span>best epoch`
  }</p>
<div class="cards small">
${history.map((each, i) => curve(each, i, epochs[i], range, longest))}
</div>
</section>
`;
}

function curve(
  { loss, validationLoss }: NetworkHistory,
  index: number,
  best: number,
  range: ReturnType<typeof roundRange>,
  longest: number,
): Html {
  const points = (losses: readonly number[]) =>
    losses.map((value, i) => [i + 1, value] as const).filter(([, value]) => Number.isFinite(value));
  const stopped = validationLoss?.[best - 1];
  return figure({
    id: `network-${index + 1}`,
    title: `Network ${index + 1}`,
    label: `Learning curve of network ${index + 1}: the training loss falls from ${score(loss[0])} to ${score(loss[loss.length - 1])} in ${loss.length} epochs${
      stopped === undefined ? "" : `; the best loss on held-out rows is ${score(stopped)} at epoch ${best}`
    }.`,
    caption:
      stopped === undefined
        ? `${loss.length} epochs`
        : `${score(stopped)} at epoch ${best} of ${loss.length}`,
    width: 200,
    height: 150,
    option: {
      grid: grid(38, 10, 150, 94),
      xAxis: axis({ name: "epoch", ...roundRange([0, longest], 3), gap: 26 }),
      yAxis: axis({ name: "", ...range, format: short }),
      series: [
        line(points(loss), colors.muted, { width: 1.5 }),
        ...(validationLoss ? [line(points(validationLoss), colors.accent)] : []),
        ...(stopped === undefined
          ? []
          : [
              {
                ...line([[best, stopped]], colors.accent),
                showSymbol: true,
                symbol: "circle",
                symbolSize: 9,
                itemStyle: { color: colors.accent, borderColor: colors.ground, borderWidth: 2 },
              },
            ]),
      ],
    },
  });
}

const short = (value: number): string => String(Number(value.toPrecision(3)));

import type { EpochLog } from "lanewise";

const [WIDTH, HEIGHT] = [640, 300];
const MARGIN = { left: 52, right: 12, top: 10, bottom: 26 };

/** Draws the losses over the epochs, on a logarithmic scale: a loss shrinks by factors. */
export function drawChart(svg: SVGSVGElement, logs: readonly EpochLog[], epochs: number): void {
  const losses = logs
    .flatMap(({ loss, validationLoss = loss }) => [loss, validationLoss])
    .filter((loss) => loss > 0);
  const high = Math.ceil(Math.log10(Math.max(1, ...losses)));
  const low = Math.min(high - 2, Math.floor(Math.log10(Math.min(1, ...losses))));
  const x = (epoch: number) =>
    MARGIN.left + ((WIDTH - MARGIN.left - MARGIN.right) * (epoch - 1)) / Math.max(1, epochs - 1);
  const y = (power: number) =>
    MARGIN.top + ((HEIGHT - MARGIN.top - MARGIN.bottom) * (high - power)) / (high - low);

  const powers = Array.from({ length: high - low + 1 }, (_, i) => low + i);
  const curve = (name: string, lossOf: (log: EpochLog) => number) => {
    const points = logs.map(
      (log) => `${x(log.epoch).toFixed(1)},${y(Math.log10(Math.max(lossOf(log), 10 ** low))).toFixed(1)}`,
    );
    return shape("polyline", { class: name, points: points.join(" ") });
  };
  svg.replaceChildren(
    ...powers.flatMap((power) => [
      shape("line", { class: "grid", x1: MARGIN.left, x2: WIDTH - MARGIN.right, y1: y(power), y2: y(power) }),
      shape(
        "text",
        { x: MARGIN.left - 8, y: y(power) + 4, "text-anchor": "end" },
        String(Number((10 ** power).toPrecision(1))),
      ),
    ]),
    shape("text", { x: x(1), y: HEIGHT - 6 }, "epoch 1"),
    shape("text", { x: x(epochs), y: HEIGHT - 6, "text-anchor": "end" }, String(epochs)),
    curve("training", ({ loss }) => loss),
    curve("validation", ({ loss, validationLoss = loss }) => validationLoss),
  );
}

function shape(name: string, attributes: Record<string, string | number>, text = ""): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.textContent = text;
  return element;
}

import type { EpochLog } from "lanewise";
import { drawChart } from "./chart.js";
import type { Notice, Order } from "./messages.js";

/** The page: two buttons, a progress bar and a curve. */

const element = <Type extends Element>(id: string): Type => {
  const found = document.querySelector<Type>(`#${id}`);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
};
const form = element<HTMLFormElement>("form");
const epochs = element<HTMLInputElement>("epochs");
const train = element<HTMLButtonElement>("train");
const cancel = element<HTMLButtonElement>("cancel");
const progress = element<HTMLProgressElement>("progress");
const status = element<HTMLParagraphElement>("status");
const chart = element<SVGSVGElement>("chart");

const worker = new Worker(new URL("trainer.js", import.meta.url), { type: "module" });
const tell = (order: Order): void => worker.postMessage(order);

let logs: EpochLog[] = [];

worker.addEventListener("message", ({ data }: MessageEvent<Notice>) => {
  if (data.kind === "ready") {
    rest(`Ready: the ${data.variant} build.`);
  } else if (data.kind === "epoch") {
    logs.push(data.log);
    progress.value = data.log.epoch;
    status.textContent = `Epoch ${data.log.epoch} of ${progress.max}: ${described(data.log)}`;
    drawChart(chart, logs, progress.max);
  } else if (data.kind === "failed") {
    rest(data.message);
  } else {
    const last = logs.at(-1);
    const outcome = data.kind === "done" ? "Done" : `Cancelled after epoch ${logs.length}`;
    rest(last ? `${outcome}: ${described(last)}` : `${outcome}.`);
  }
});
worker.addEventListener("error", ({ message }) => rest(`The worker has failed: ${message || "it could not be loaded"}`));

form.addEventListener("submit", (event) => {
  event.preventDefault();
  logs = [];
  progress.value = 0;
  progress.max = epochs.valueAsNumber;
  status.textContent = "Training …";
  drawChart(chart, logs, progress.max);
  train.disabled = epochs.disabled = true;
  cancel.disabled = false;
  tell({ kind: "train", epochs: epochs.valueAsNumber });
});
cancel.addEventListener("click", () => tell({ kind: "cancel" }));

train.disabled = true;
drawChart(chart, logs, epochs.valueAsNumber);

/** The worker has nothing to do. */
function rest(text: string): void {
  status.textContent = text;
  train.disabled = epochs.disabled = false;
  cancel.disabled = true;
}

function described({ loss, validationAccuracy = 0, samplesPerSecond }: EpochLog): string {
  const speed = Math.round(samplesPerSecond).toLocaleString("en");
  return `loss ${loss.toPrecision(3)}, ${(100 * validationAccuracy).toFixed(1)} % of unseen digits right, ${speed} samples/s`;
}

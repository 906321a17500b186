import type { EpochLog } from "lanewise";
import { drawChart } from "./chart.js";
import type { Notice, Order } from "./messages.js";

/** The page: three buttons, a progress bar and a curve. */

const element = <Type extends Element>(id: string): Type => {
  const found = document.querySelector<Type>(`#${id}`);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
};
const form = element<HTMLFormElement>("form");
const epochs = element<HTMLInputElement>("epochs");
const train = element<HTMLButtonElement>("train");
const resume = element<HTMLButtonElement>("resume");
const cancel = element<HTMLButtonElement>("cancel");
const progress = element<HTMLProgressElement>("progress");
const status = element<HTMLParagraphElement>("status");
const chart = element<SVGSVGElement>("chart");

const worker = new Worker(new URL("trainer.js", import.meta.url), { type: "module" });
const tell = (order: Order): void => worker.postMessage(order);

/** Of the training that runs, or that was left. */
let logs: EpochLog[] = [];

worker.addEventListener("message", ({ data }: MessageEvent<Notice>) => {
  if (data.kind === "ready") {
    const { unfinished, variant } = data;
    rest(`Ready: the ${variant} build.`);
    if (unfinished) showUnfinished(unfinished.epochs, unfinished.logs);
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
    resume.disabled = data.kind === "done" || logs.length === 0;
  }
});
worker.addEventListener("error", ({ message }) =>
  rest(`The worker has failed: ${message || "it could not be loaded"}`),
);

form.addEventListener("submit", (event) => {
  event.preventDefault();
  logs = [];
  progress.value = 0;
  progress.max = epochs.valueAsNumber;
  drawChart(chart, logs, progress.max);
  begin({ kind: "train", epochs: epochs.valueAsNumber });
});
resume.addEventListener("click", () => begin({ kind: "resume" }));
cancel.addEventListener("click", () => tell({ kind: "cancel" }));

train.disabled = true;
drawChart(chart, logs, epochs.valueAsNumber);

function begin(order: Order): void {
  status.textContent = "Training …";
  train.disabled = resume.disabled = epochs.disabled = true;
  cancel.disabled = false;
  tell(order);
}

/** A training that a page before this one has left, which may go on. */
function showUnfinished(epochsAsked: number, done: readonly EpochLog[]): void {
  logs = [...done];
  progress.max = epochsAsked;
  progress.value = logs.length;
  drawChart(chart, logs, progress.max);
  status.textContent = `Left after epoch ${logs.length} of ${epochsAsked}.`;
  resume.disabled = false;
}

/** The worker has nothing to do. */
function rest(text: string): void {
  status.textContent = text;
  train.disabled = epochs.disabled = false;
  cancel.disabled = true;
}

function described({ loss, validationAccuracy = 0, samplesPerSecond }: EpochLog): string {
  const accuracy = `${(100 * validationAccuracy).toFixed(1)} % of unseen digits right`;
  const parts = [`loss ${loss.toPrecision(3)}`, accuracy];
  if (samplesPerSecond) parts.push(`${Math.round(samplesPerSecond).toLocaleString("en")} samples/s`);
  return parts.join(", ");
}

import type { SweepResult } from "lanewise/distributed";
import { counted } from "../figures.js";
import { shortNames, valueText } from "../sweep-text.js";
import { amount } from "./format.js";
import { type Html, html, named } from "./html.js";

/** Trials that the table has. */
const MOST = 200;

/** All trials, the best first. */
export function trialsSection({ trials, ranking, metric, best }: SweepResult): Html {
  const paths = Object.keys(trials[0].parameters);
  const shown = ranking.slice(0, MOST).map((index) => trials[index]);
  const isHalving = trials[0].rung !== undefined;
  const failed = trials.filter(({ score }) => score === null).slice(0, MOST);
  const left = trials.length - shown.length;
  const number = (value: number | null) => (value === null ? "–" : amount(value));
  return html`<section id="trials">
<h2>Trials</h2>
<p>Each score is the mean of the folds; ± is their standard deviation, and loss the mean loss on the rows that
were held out. ${metric.better === "lower" ? "Lower" : "Higher"} scores are better${
    isHalving && "; of those in the last rung, since only they were trained to the end"
  }.</p>
<div class="card"><div class="scroll" tabindex="0" role="group" aria-label="Trials"><table class="numbers">
<thead><tr><th scope="col">Trial</th>${isHalving && html`<th scope="col">Rung</th>`}<th scope="col">${
    metric.name
  }</th><th scope="col">±</th><th scope="col">Loss</th><th scope="col">Epochs</th>${shortNames(paths).map(
    (name, i) => html`<th scope="col" title="${paths[i]}">${named(name)}</th>`,
  )}</tr></thead>
<tbody>${shown.map(
    ({ index, rung, score, deviation, loss, folds, parameters }) => html`<tr${
      index === best && html` class="best"`
    }><th scope="row">${index}</th>${isHalving && html`<td>${rung}</td>`}<td class="value">${number(score)}</td><td>${number(
      deviation,
    )}</td><td>${number(loss)}</td><td>${folds.map(({ epochs }) => epochs).join(", ")}</td>${paths.map(
      (path) =>
        html`<td${typeof parameters[path] !== "number" && html` class="text"`}>${named(
          valueText(parameters[path] ?? ""),
        )}</td>`,
    )}</tr>
`,
  )}</tbody>
</table></div>
${left > 0 && html`<p class="note">And ${counted(left, "other trial")} with worse scores.</p>`}</div>
${
  failed.length > 0 &&
  html`<details><summary>Why ${counted(failed.length, "trial")} ${
    failed.length === 1 ? "has" : "have"
  } no score</summary><ul>${failed.map(
    ({ index, why }) => html`<li>Trial ${index}, ${named(why ?? "")}</li>`,
  )}</ul></details>`
}
</section>
`;
}

import { basename } from "node:path";
import { counted } from "../figures.js";
import { shortNames, valueText } from "../sweep-text.js";
import { amount, bytes, duration } from "./format.js";
import { type Content, type Html, html, named } from "./html.js";
import type { SweepInput } from "./sweep-input.js";

const fact = (name: string, value: Content): Html => html`<div><dt>${name}</dt><dd>${value}</dd></div>
`;

/** The best trial in a sentence, and what to beware of. */
export function sweepSummary({ result, seconds }: SweepInput): Html {
  const { trials, best, metric, ranking } = result;
  const { score, deviation, parameters, folds } = trials[best];
  const second = trials[ranking[1]];
  const failed = trials.filter((trial) => trial.score === null);
  const names = shortNames(Object.keys(parameters));
  const values = Object.values(parameters).map((value, i) => html`${names[i]} ${named(valueText(value))}`);
  const isClose =
    second !== undefined &&
    second.score !== null &&
    Math.abs(second.score - (score ?? 0)) < (deviation ?? 0) / Math.sqrt(folds.length);
  const warnings = [
    isClose &&
      "The second best trial is within one standard error of the best: other rows may put them the other way round.",
    trials.length > 1 &&
      "The best of many trials is best by luck, too: its score on new rows is likely a little worse. Keep rows back that no trial sees to know it.",
    failed.length > 0 &&
      html`${counted(failed.length, "trial")} of ${trials.length} have no score; the table of trials says why.`,
  ].filter((each) => each !== false);
  return html`<section id="summary" aria-label="Summary">
<div class="card summary">
<p class="lead">Trial <strong>${best}</strong> has the ${metric.better === "lower" ? "lowest" : "highest"} ${
    metric.name
  }: <strong>${amount(score ?? Number.NaN)}</strong> in the mean of ${counted(folds.length, "fold")}, with a standard
deviation of ${amount(deviation ?? Number.NaN)}.${
    values.length > 0 && html` It has ${values.map((value, i) => html`${i > 0 && ", "}${value}`)}.`
  }</p>
<dl class="facts">
${fact("Tried", counted(trials.length, "trial"))}
${fact(
  "Trained",
  counted(
    trials.reduce((sum, trial) => sum + trial.folds.length, 0),
    "network",
  ),
)}
${fact("Took", duration(seconds))}
</dl>
</div>
${
  warnings.length > 0 &&
  html`<div class="warnings"><h2>Worth knowing</h2>
<ul>${warnings.map((warning) => html`<li>${warning}</li>`)}</ul></div>`
}
</section>
`;
}

/** All that is needed to get the same result again. */
export function settingsSection({ spec, result, command, version, title }: SweepInput): Html {
  const { data } = spec;
  const files = ("images" in data ? [data.images, data.labels] : [data.file]).map((path) => basename(path));
  const entries: (readonly [string, Content])[] = [
    ["Spec", named(title)],
    ["Data", html`${files.map((file, i) => html`${i > 0 && ", "}${named(file)}`)}`],
    ["Seed", String(spec.seed ?? 1)],
    ["Version", `lanewise ${version}`],
    ["Digest of the result", html`<code>${result.digest}</code>`],
  ];
  if (result.model)
    entries.push(
      ["Model, rows it learned from", String(result.model.rows)],
      ["Model, SHA-256 of the file", html`<code>${result.model.sha256}</code>`],
    );
  const text = JSON.stringify(spec, null, 2);
  return html`<section id="settings">
<h2>How to repeat it</h2>
<p>The same spec, data and version give the same result, to the bit, on any number of threads and machines.</p>
<pre class="card" tabindex="0"><code>${command}</code></pre>
<div class="card"><dl class="settings">${entries.map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl></div>
<details><summary>The spec, ${bytes(text.length)}</summary><pre class="card" tabindex="0"><code>${text}</code></pre></details>
</section>
`;
}

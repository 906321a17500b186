import { grouped } from "../figures.js";
import { bytes, duration, plain } from "./format.js";
import { type Content, type Html, html, named } from "./html.js";
import type { ReportInput } from "./input.js";

/** All that is needed to train the same model again. */
export function trainingSection(input: ReportInput): Html {
  const { trained, model } = input;
  const { recipe } = trained;
  const hidden = recipe.hidden.length > 0 ? recipe.hidden.join(", ") : "none";
  return html`<section id="training">
<h2>How it was trained</h2>
<p>The same file, options, seed and version give the same model, to the bit.</p>
${input.command !== undefined && html`<pre class="card" tabindex="0"><code>${input.command}</code></pre>`}
<div class="cards">
${terms("Run", [
  ["File", named(input.title)],
  ["SHA-256", input.sha256 !== undefined && hash(input.sha256)],
  ["Seed", plain(input.seed)],
  ["Version", `lanewise ${input.version}`],
  ["Build of the kernels", input.variant],
  ["Time", duration(input.seconds)],
])}
${terms("Networks", [
  ["Networks, averaged", grouped(recipe.networks)],
  ["Units of the hidden layers", hidden],
  ["Inputs", grouped(trained.features)],
  ["Optimizer", "AdamW"],
  ["Learning rate", plain(recipe.learningRate)],
  ["Weight decay", plain(recipe.weightDecay)],
  ["Dropout", plain(recipe.dropout)],
  ["Batch size", grouped(recipe.batchSize)],
  ["Epochs at most", grouped(recipe.epochs)],
  ["Patience, in epochs", grouped(recipe.patience)],
])}
${terms("Model", [
  ["File", named(model.path)],
  ["Size", bytes(model.bytes)],
  ["Weights", grouped(model.parameters)],
  ["SHA-256", hash(model.sha256)],
])}
</div>
</section>
`;
}

const hash = (digest: string): Html => html`<code>${digest}</code>`;

function terms(title: string, entries: readonly (readonly [name: string, value: Content])[]): Html {
  return html`<div class="card">
<h3>${title}</h3>
<dl class="settings">${entries
    .filter(([, value]) => value !== false)
    .map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
</div>
`;
}

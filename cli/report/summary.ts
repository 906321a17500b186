import type { ColumnImportance, Interval } from "lanewise/table";
import { counted, grouped } from "../figures.js";
import type { Evidence } from "./evidence.js";
import { amount, bytes, duration, INTERVAL, interval, percent, score, tick } from "./format.js";
import { type Content, type Html, html, named } from "./html.js";
import type { ReportInput } from "./input.js";

/** What the model predicts and how well, in sentences for everyone, and what to beware of. */
export function summarySection(input: ReportInput, target: string, main: Evidence | undefined): Html {
  const { trained, importance } = input;
  const warnings = warningsOf(input, main);
  return html`<section id="summary" aria-label="Summary">
<div class="card summary">
${
  main
    ? html`<p class="lead">${sentence(main, target, mostFrequentOf(input))}</p>
${gauge(main)}
<p class="note">Measured ${main.measured}: ${counted(main.predictions.targets.length, "row")}.</p>`
    : html`<p class="lead">Nobody knows yet how good this model is: there are too few rows to hold some back.</p>
<p class="note">Train with folds, or score the model on a test file, to find out.</p>`
}
<dl class="facts">
${fact("Predicts", html`${named(target)}, ${trained.task === "classification" ? counted(input.trained.findings.target?.labels?.length ?? 0, "class", "classes") : "a number"}`)}
${fact("Learned from", counted(trained.rows, "row"))}
${fact("Columns used", html`${trained.findings.columns.filter(({ used }) => used).length} of ${trained.findings.columns.length - 1}`)}
${fact("Matters most", mostImportant(importance))}
${fact("Trained in", duration(input.seconds))}
${fact("Model", html`${bytes(input.model.bytes)}, ${grouped(input.model.parameters)} weights`)}
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

const fact = (name: string, value: Content): Html => html`<div><dt>${name}</dt><dd>${value}</dd></div>
`;

const mostFrequentOf = ({ trained }: ReportInput): string =>
  trained.task === "classification"
    ? trained.baseline.classes.reduce((most, each) => (each.rows > most.rows ? each : most)).label
    : "";

function mostImportant(importance: readonly ColumnImportance[]): Content {
  const [first] = importance;
  return first && first.importance > first.deviation ? named(first.column) : "no single column";
}

function sentence(evidence: Evidence, target: string, always: string): Html {
  const { which } = evidence;
  if (evidence.task === "classification") {
    const { scores, intervals, baseline } = evidence;
    const digits = Math.min(scores.accuracy, 1 - scores.accuracy) < 0.05 ? 1 : 0;
    const of100 = (part: number) => (100 * part).toFixed(digits);
    return html`Of 100 rows ${which}, the model gets about <strong>${of100(scores.accuracy)}</strong> right
(${INTERVAL}: ${interval(intervals.accuracy, of100)}). ${
      baseline &&
      html`Always answering “${named(always)}” would get about <strong>${of100(baseline.accuracy)}</strong> right.`
    }`;
  }
  const { scores, intervals, baseline } = evidence;
  const whole = (part: number) => percent(part, 0);
  return html`In rows ${which}, the model explains <strong>${whole(scores.r2)}</strong> of the variance of
${named(target)} (${INTERVAL}: ${interval(intervals.r2, whole)}). A prediction is off by
<strong>${amount(scores.mae)}</strong> on average${
    baseline && html`; always predicting the mean would be off by <strong>${amount(baseline.mae)}</strong>`
  }.`;
}

/** The main score, its interval and the baseline on a scale. */
function gauge(evidence: Evidence): Html {
  const { name, value, bounds, baseline, format } = mainOf(evidence);
  const low = Math.max(-1, Math.min(0, Math.floor(10 * Math.min(bounds[0], baseline ?? 0) + 0.1) / 10));
  const place = (x: number) => (100 * Math.max(0, Math.min(1, (x - low) / (1 - low)))).toFixed(2);
  const [from, to] = bounds.map(place);
  const ends = (x: number) => (evidence.task === "classification" ? percent(x, 0) : tick(x));
  return html`<div class="gauge">
<p class="figure"><span class="big">${format(value)}</span> ${name}</p>
<div class="scale" role="img" aria-label="${name} ${format(value)}, ${INTERVAL} ${interval(bounds, format)}${
    baseline === undefined ? "" : `, baseline ${format(baseline)}`
  }">
<div class="track"></div>
<div class="band" style="left:${from}%;width:${(Number(to) - Number(from)).toFixed(2)}%"></div>
${baseline !== undefined && html`<div class="mark" style="left:${place(baseline)}%"></div>`}
<div class="point" style="left:${place(value)}%"></div>
</div>
<div class="ends" aria-hidden="true"><span>${ends(low)}</span><span>${ends(1)}</span></div>
<p class="legend" aria-hidden="true"><span class="key point"></span>score <span class="key band"></span>${INTERVAL} ${
    baseline !== undefined && html`<span class="key mark"></span>baseline ${format(baseline)}`
  }</p>
</div>`;
}

function mainOf(evidence: Evidence): {
  name: string;
  value: number;
  bounds: Interval;
  baseline: number | undefined;
  format: (value: number) => string;
} {
  if (evidence.task === "classification") {
    const { scores, intervals, baseline } = evidence;
    return {
      name: "accuracy",
      value: scores.accuracy,
      bounds: intervals.accuracy,
      baseline: baseline?.accuracy,
      format: percent,
    };
  }
  const { scores, intervals, baseline } = evidence;
  return { name: "R²", value: scores.r2, bounds: intervals.r2, baseline: baseline?.r2, format: score };
}

function warningsOf(input: ReportInput, main: Evidence | undefined): Content[] {
  const { trained, notes, tested, validation } = input;
  const missing = trained.findings.target?.missing ?? 0;
  const { value, bounds, baseline } = main ? mainOf(main) : { value: 0, bounds: [0, 0], baseline: undefined };
  const isNoBetter = main !== undefined && baseline !== undefined && bounds[0] <= baseline;
  const all = [...notes, ...trained.notes, ...(validation?.notes ?? [])];
  return [
    isNoBetter &&
      (value <= baseline
        ? "The model is not better than the baseline: do not use it."
        : "The interval contains the baseline: these rows do not show that the model is better than no model."),
    tested?.evaluation.trainedOn &&
      html`${named(tested.name)} is the file that the model was trained on: take the scores of other rows.`,
    missing > 0 && `${counted(missing, "row")} without a target ${missing === 1 ? "was" : "were"} left out.`,
    ...[...new Set(all)].map((note) =>
      `${note.charAt(0).toUpperCase()}${note.slice(1)}.`.replace(/\.\.$/, "."),
    ),
  ].filter((each) => each !== false && each !== undefined);
}

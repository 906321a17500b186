import type { CrossValidation, Interval } from "lanewise/table";
import { grouped } from "../figures.js";
import type { Evidence } from "./evidence.js";
import { amount, INTERVAL, interval, percent, score } from "./format.js";
import { type Content, type Html, html } from "./html.js";

interface Row {
  readonly name: string;
  readonly value: number;
  readonly baseline: number | undefined;
  readonly interval?: Interval;
  readonly format: (value: number) => string;
}

/** The scores of all rows that there are scores of, each set with what it is. */
export function scoresSection(
  evidence: readonly Evidence[],
  validation: CrossValidation | undefined,
  target: Content,
): Html {
  const isClasses = evidence[0].task === "classification";
  return html`<section id="scores">
<h2>Scores</h2>
<p>Beside each score is the baseline: what ${
    isClasses ? "always the most frequent class" : "always the mean"
  } would score. The ${INTERVAL} says how far the score depends on which rows were tested.</p>
<div class="cards">
${evidence.map(scoreCard)}
${validation && foldsCard(validation)}
</div>
<details>
<summary>What the scores mean</summary>
<dl class="terms">${(isClasses ? CLASS_TERMS : VALUE_TERMS).map(
    ([term, meaning]) => html`<dt>${term}</dt><dd>${meaning}</dd>`,
  )}${!isClasses && html`<dt>Unit</dt><dd>RMSE and MAE are in the unit of ${target}.</dd>`}</dl>
</details>
</section>
`;
}

const CLASS_TERMS = [
  ["Accuracy", "the part of the rows whose class is right"],
  ["Balanced accuracy", "the mean of the classes' recalls: each class counts alike, however rare it is"],
  [
    "ROC-AUC",
    "how often a row of the class gets a higher probability than a row of another class: 0.5 is chance, 1 is perfect; of more than two classes the mean over each against the rest",
  ],
  ["Log loss", "the mean of −log of the probability of the right class: smaller is better"],
] as const;

const VALUE_TERMS = [
  ["R²", "the part of the variance that is explained: 1 is perfect, 0 is as good as the mean"],
  ["RMSE", "the root of the mean squared error: large errors count most"],
  ["MAE", "the mean absolute error: how far off a prediction is on average"],
] as const;

function rowsOf({ task, scores, intervals, baseline }: Evidence): Row[] {
  if (task === "regression") {
    return [
      { name: "R²", value: scores.r2, baseline: baseline?.r2, interval: intervals.r2, format: score },
      {
        name: "RMSE",
        value: scores.rmse,
        baseline: baseline?.rmse,
        interval: intervals.rmse,
        format: amount,
      },
      { name: "MAE", value: scores.mae, baseline: baseline?.mae, interval: intervals.mae, format: amount },
    ];
  }
  return [
    {
      name: "Accuracy",
      value: scores.accuracy,
      baseline: baseline?.accuracy,
      interval: intervals.accuracy,
      format: percent,
    },
    {
      name: "Balanced accuracy",
      value: scores.balancedAccuracy,
      baseline: baseline?.balancedAccuracy,
      format: percent,
    },
    { name: "ROC-AUC", value: scores.rocAuc, baseline: baseline?.rocAuc, format: score },
    { name: "Log loss", value: scores.logLoss, baseline: baseline?.logLoss, format: score },
  ];
}

function scoreCard(evidence: Evidence): Html {
  return html`<div class="card">
<h3>${sentenceCase(evidence.name)}</h3>
<p class="note">${evidence.about}</p>
<div class="scroll" tabindex="0" role="group" aria-label="Scores: ${evidence.name}"><table class="numbers">
<caption>${grouped(evidence.predictions.targets.length)} rows</caption>
<thead><tr><th scope="col">Score</th><th scope="col">Value</th><th scope="col">${INTERVAL}</th><th scope="col">Baseline</th></tr></thead>
<tbody>${rowsOf(evidence).map(
    (row) => html`<tr><th scope="row">${row.name}</th><td class="value">${row.format(row.value)}</td><td>${
      row.interval ? interval(row.interval, row.format) : ""
    }</td><td>${row.baseline === undefined ? "" : row.format(row.baseline)}</td></tr>
`,
  )}</tbody>
</table></div>
</div>
`;
}

function foldsCard({ task, folds, score: middle, deviation }: CrossValidation): Html {
  const [name, format] =
    task === "classification" ? (["Accuracy", percent] as const) : (["R²", score] as const);
  const main = (scores: (typeof folds)[number]["scores"]) => ("r2" in scores ? scores.r2 : scores.accuracy);
  return html`<div class="card">
<h3>Each fold</h3>
<p class="note">In the mean ${format(middle)}, with a standard deviation of ${format(deviation)}: how far the
score depends on the rows that were trained on.</p>
<div class="scroll" tabindex="0" role="group" aria-label="Scores of each fold"><table class="numbers">
<thead><tr><th scope="col">Fold</th>${folds.map((_, i) => html`<th scope="col">${i + 1}</th>`)}</tr></thead>
<tbody>
<tr><th scope="row">${name}</th>${folds.map(({ scores }) => html`<td class="value">${format(main(scores))}</td>`)}</tr>
<tr><th scope="row">Baseline</th>${folds.map(({ baseline }) => html`<td>${format(main(baseline))}</td>`)}</tr>
</tbody>
</table></div>
</div>
`;
}

export const sentenceCase = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

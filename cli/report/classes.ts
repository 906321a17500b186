import type { ClassScore, ClassScores } from "lanewise/table";
import { counted, grouped } from "../figures.js";
import { calibrationFigure } from "./calibration.js";
import type { ClassEvidence } from "./evidence.js";
import { percent } from "./format.js";
import { type Html, html, named } from "./html.js";
import { rocFigure } from "./roc.js";

/** A matrix of more classes cannot be read. */
const MOST_CLASSES = 24;
const MOST_ROWS = 200;
const MOST_MISTAKES = 10;

/** How well each class is told from the others, and what the probabilities are worth. */
export function classesSection(evidence: ClassEvidence): Html {
  const { scores } = evidence;
  return html`<section id="classes">
<h2>Classes</h2>
<p>From the ${counted(evidence.predictions.targets.length, "row")} of the ${evidence.name}.</p>
${classTable(scores)}
${confusion(scores)}
${scores.classes.length > 2 && mistakes(scores)}
<div class="cards">
${calibrationFigure(scores)}
${scores.classes.length === 2 && rocFigure(evidence)}
</div>
</section>
`;
}

/** The classes with the most rows, in their own order. */
function largest(classes: readonly ClassScore[], most: number): number[] {
  return Array.from(classes.keys())
    .sort((a, b) => classes[b].rows - classes[a].rows || a - b)
    .slice(0, most)
    .sort((a, b) => a - b);
}

function classTable({ classes, confusionMatrix }: ClassScores): Html {
  const shown = largest(classes, MOST_ROWS);
  const predicted = (k: number) => confusionMatrix.reduce((sum, cells) => sum + cells[k], 0);
  return html`<div class="card">
<h3>Each class</h3>
<p class="note">Recall: of the rows of the class, the part that is found. Precision: of the rows that are
predicted to be of the class, the part that is. F1: their harmonic mean.${
    shown.length < classes.length &&
    ` Only the ${shown.length} classes with the most rows, of ${grouped(classes.length)}.`
  }</p>
<div class="scroll" tabindex="0" role="group" aria-label="Scores of each class"><table class="numbers">
<thead><tr><th scope="col">Class</th><th scope="col">Rows</th><th scope="col">Predicted</th><th scope="col">Recall</th><th scope="col">Precision</th><th scope="col">F1</th></tr></thead>
<tbody>${shown.map((k) => {
    const { label, rows, recall, precision, f1 } = classes[k];
    return html`<tr><th scope="row">${named(label)}</th><td>${grouped(rows)}</td><td>${grouped(predicted(k))}</td>${[
      recall,
      precision,
      f1,
    ].map((part) => shaded(part, percent(part), "part"))}</tr>
`;
  })}</tbody>
</table></div>
</div>
`;
}

/** A cell whose colour says how large a part of 1 is: by how strong it is, or by how far it goes. */
const shaded = (part: number, text: string, tag: string): Html =>
  html`<td class="${tag}" style="--part:${part.toFixed(3)}">${text}</td>`;

function confusion({ classes, confusionMatrix }: ClassScores): Html {
  const shown = largest(classes, MOST_CLASSES);
  return html`<div class="card">
<h3>Actual and predicted</h3>
<p class="note">Each row of the table is the rows of one actual class; the columns are what was predicted. The
stronger a cell's colour, the larger its part of the row. On the diagonal the prediction is right.${
    shown.length < classes.length &&
    ` Only the ${shown.length} classes with the most rows, of ${grouped(classes.length)}.`
  }</p>
<div class="scroll" tabindex="0" role="group" aria-label="Confusion matrix"><table class="confusion${
    shown.length > 6 && " many"
  }">
<thead><tr><td class="corner"></td><th colspan="${shown.length}" scope="colgroup">predicted</th></tr>
<tr><th scope="col">actual</th>${shown.map((k) => html`<th scope="col"><span>${named(classes[k].label)}</span></th>`)}</tr></thead>
<tbody>${shown.map(
    (k) => html`<tr><th scope="row">${named(classes[k].label)}</th>${shown.map((j) => {
      const count = confusionMatrix[k][j];
      const part = count / Math.max(1, classes[k].rows);
      return shaded(part, count > 0 ? grouped(count) : "·", k === j ? "shade right" : "shade");
    })}</tr>
`,
  )}</tbody>
</table></div>
</div>
`;
}

/** The pairs of classes that are taken for one another most often. */
function mistakes({ classes, confusionMatrix }: ClassScores): Html | false {
  const pairs = confusionMatrix
    .flatMap((cells, actual) => cells.map((count, predicted) => ({ actual, predicted, count })))
    .filter(({ actual, predicted, count }) => actual !== predicted && count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST_MISTAKES);
  if (pairs.length === 0) return false;
  return html`<div class="card">
<h3>Most frequent mistakes</h3>
<div class="scroll" tabindex="0" role="group" aria-label="Most frequent mistakes"><table class="numbers">
<thead><tr><th scope="col">Actual</th><th scope="col" class="text">Predicted</th><th scope="col">Rows</th><th scope="col">Of the class</th></tr></thead>
<tbody>${pairs.map(
    ({ actual, predicted, count }) =>
      html`<tr><th scope="row">${named(classes[actual].label)}</th><td class="text">${named(classes[predicted].label)}</td><td>${grouped(count)}</td><td>${percent(count / classes[actual].rows)}</td></tr>
`,
  )}</tbody>
</table></div>
</div>
`;
}

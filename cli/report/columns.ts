import type { ColumnFinding, Findings } from "lanewise/table";
import { grouped } from "../figures.js";
import { type Content, type Html, html, named } from "./html.js";

/** Columns that are seen at once; the rest is a click away. */
const FIRST = 40;
const MOST = 1000;

const KINDS: Readonly<Record<string, string>> = { yesNo: "yes or no" };

/** What each column is taken for, whether it is used, and why. */
export function columnsSection({ columns, target }: Findings): Html {
  const used = columns.filter((each) => each.used).length;
  const others = columns.filter(({ kind }) => kind !== "target").length;
  const shown = columns.slice(0, MOST);
  return html`<section id="columns">
<h2>Columns</h2>
<p>Of ${grouped(others)} columns beside the target the model uses ${grouped(used)}.${
    target && html` It predicts ${named(target.name)}: ${target.reason}.`
  }</p>
<div class="card">
${table(shown.slice(0, FIRST), "Columns")}
${
  shown.length > FIRST &&
  html`<details><summary>${grouped(shown.length - FIRST)} more columns</summary>
${table(shown.slice(FIRST), "More columns")}</details>`
}
${
  columns.length > MOST &&
  html`<p class="note">The last ${grouped(columns.length - MOST)} columns are not listed.</p>`
}
</div>
</section>
`;
}

const table = (
  columns: readonly ColumnFinding[],
  name: string,
): Html => html`<div class="scroll" tabindex="0" role="group" aria-label="${name}"><table class="columns">
<thead><tr><th scope="col">Column</th><th scope="col">Kind</th><th scope="col">Model</th><th scope="col">Why</th></tr></thead>
<tbody>${columns.map(
  ({ name, kind, used, reason }) =>
    html`<tr${!used && kind !== "target" && html` class="left"`}><th scope="row">${named(name)}</th><td>${KINDS[kind] ?? kind}</td><td>${role(kind, used)}</td><td class="why">${reason}</td></tr>
`,
)}</tbody>
</table></div>`;

const role = (kind: string, used: boolean): Content =>
  kind === "target" ? html`<b>predicted</b>` : used ? "used" : "left out";

import type { ColumnImportance } from "lanewise/table";
import { counted } from "../figures.js";
import { percent, score } from "./format.js";
import { type Html, html, named } from "./html.js";

const MOST = 30;

/** What each column is worth, as bars with the deviation over the repeats. */
export function importanceSection(
  importance: readonly ColumnImportance[],
  rows: string,
  isClasses: boolean,
): Html {
  const shown = importance.slice(0, MOST);
  const rest = importance.slice(MOST);
  const format = isClasses ? (value: number) => percent(value) : score;
  const low = Math.min(0, ...shown.map((each) => each.importance - each.deviation));
  const high = Math.max(1e-9, ...shown.map((each) => each.importance + each.deviation));
  const place = (value: number) => Number(((100 * (value - low)) / (high - low)).toFixed(2));
  return html`<section id="importance">
<h2>Which columns matter</h2>
<p>How much ${isClasses ? "accuracy" : "R²"} falls when the values of one column are shuffled: the mean, with
the standard deviation over the repeats as a line. Measured on ${rows}. Of two columns that say the same, each
may seem to be worth little.</p>
<div class="card"><table class="bars">
<thead><tr><th scope="col">Column</th><th scope="col"><span class="hidden">Bar</span></th><th scope="col">Fall</th><th scope="col">±</th></tr></thead>
<tbody>${shown.map(({ column, importance: value, deviation }) => {
    const [from, to] = [Math.min(0, value), Math.max(0, value)].map(place);
    const [start, end] = [place(value - deviation), place(value + deviation)];
    return html`<tr><th scope="row">${named(column)}</th><td class="plot"><div><i class="bar" style="left:${from}%;width:${(to - from).toFixed(2)}%"></i><i class="spread" style="left:${start}%;width:${(end - start).toFixed(2)}%"></i></div></td><td>${format(value)}</td><td>${format(deviation)}</td></tr>
`;
  })}</tbody>
</table>
${
  rest.length > 0 &&
  html`<p class="note">The other ${counted(rest.length, "column")} are worth ${format(rest[0].importance)} or
less each.</p>`
}
</div>
</section>
`;
}

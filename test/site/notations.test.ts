import { readFileSync } from "node:fs";
import { createBackend } from "lanewise";
import { describe, expect, it } from "vitest";
import { stepOf } from "../../site/playground/equations.js";
import { Learner } from "../../site/playground/learner.js";
import { partsOf } from "../../site/playground/lenses/formula-parts.js";
import { decode, encode } from "../../site/playground/link.js";
import type { LayerStep, Numbers } from "../../site/playground/messages.js";
import { notations } from "../../site/playground/notations/index.js";
import { isTransposed, laidOut, placeIn } from "../../site/playground/notations/lay-out.js";
import { notationNames } from "../../site/playground/notations/names.js";
import type { Quantity } from "../../site/playground/notations/notation.js";
import { wholeView } from "../../site/playground/view.js";

/** The table of site/explanation/mathematics.md: for each of its rows, the cell of each notation. */
const mathematics = readFileSync(new URL("../../site/explanation/mathematics.md", import.meta.url), "utf8");
const [head, , ...rows] = mathematics
  .slice(mathematics.indexOf("| here |"))
  .split("\n\n")[0]
  .split("\n")
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const rowOf: Readonly<Partial<Record<Quantity, string>>> = {
  x: "X,",
  w: "W",
  b: "b",
  z: "Z,",
  a: "A =",
  t: "T,",
  e: "E,",
  g: "G =",
  d: "D =",
  dw: "dE/dW",
  db: "dE/db",
};
function cellOf(quantity: Quantity, title: string): string {
  const row = rows.find(([here]) => here.startsWith(rowOf[quantity] ?? "none"));
  return row?.[head.findIndex((name) => name.toLowerCase() === title.toLowerCase())] ?? "no such cell";
}

/** A formula as the table writes it. */
const inPlainText = (formula: string): string =>
  formula
    .replace(/∇_\{(.)ˡ\} C/, "grad of C by $1^l")
    .replace(/\^\{(l−1)\}/, "^($1)")
    .replace(/[{}]/g, "")
    .replace(/Y\^\*/g, "Y*")
    .replace(
      /[∂′−×⊙δσ]/g,
      (sign) => ({ "∂": "d", "′": "'", "−": "-", "×": "x", "⊙": "o", δ: "delta", σ: "sigma" })[sign] ?? sign,
    );

describe("the notation of a note", () => {
  const named = notationNames.filter((name) => name !== "lanewise");

  it.each(named)("%s has the symbols of the table in site/explanation/mathematics.md", (name) => {
    const notation = notations[name];
    for (const quantity of Object.keys(rowOf) as Quantity[]) {
      // A comma parts the symbol from what is said of it.
      const [cell] = cellOf(quantity, notation.title).split(/, | in the /);
      // Where the note has no letter, the page has a definition, or the letter of the table's first column.
      if (cell === "") continue;
      const symbol = inPlainText(notation.symbols[quantity]);
      const turned = isTransposed(notation, quantity);
      expect([symbol, `${symbol}'`, `(${symbol})'`].indexOf(cell), `${quantity}: ${cell}`).toBe(
        turned ? (cell.startsWith("(") ? 2 : 1) : 0,
      );
    }
    const [, letter] = /f = (\w+)/.exec(cellOf("a", notation.title)) ?? [undefined, "f"];
    expect(inPlainText(notation.activation)).toBe(letter);
  });

  it("leaves no formula with a brace, a backslash or a sign of its markup", () => {
    for (const { symbols, equations } of Object.values(notations))
      for (const formula of [
        ...Object.values(symbols),
        ...Object.values(equations).map(({ text }) => text),
      ]) {
        const parts = partsOf(formula);
        expect(parts.map(({ text }) => text).join("")).not.toMatch(/[{}\\_^]/);
        expect(parts.every(({ text }) => text.length > 0)).toBe(true);
      }
  });
});

it("a formula has letters in italics, exponents and indices", () => {
  expect(partsOf("Z^{[l]} = 2 w_1")).toEqual([
    { tag: "i", text: "Z" },
    { tag: "sup", text: "[l]" },
    { tag: "span", text: " = 2 " },
    { tag: "i", text: "w" },
    { tag: "sub", text: "1" },
  ]);
});

describe("a step in every notation", async () => {
  const learner = new Learner(
    await createBackend(),
    decode("v=1&scene=points&data=rings&net=5tanh,3relu").recipe,
  );
  const steps = stepOf(learner);
  const valueAt = ({ cols, values }: Numbers, row: number, column: number) => values[row * cols + column];
  const product = (left: Numbers, right: Numbers, row: number, column: number): number => {
    let sum = 0;
    for (let i = 0; i < left.cols; i++) sum += valueAt(left, row, i) * valueAt(right, i, column);
    return sum;
  };

  it.each(notationNames)("has the same numbers in %s, each at its place", (name) => {
    const notation = notations[name];
    for (const step of steps)
      for (const [quantity, numbers] of Object.entries(step) as [keyof LayerStep, Numbers][]) {
        const shown = laidOut(notation, quantity, numbers);
        for (let row = 0; row < numbers.rows; row++)
          for (let column = 0; column < numbers.cols; column++) {
            const place = placeIn(notation, quantity, { row, column });
            expect(valueAt(shown, place.row, place.column)).toBe(valueAt(numbers, row, column));
            expect(placeIn(notation, quantity, place)).toEqual({ row, column });
          }
      }
  });

  it.each(notationNames)(
    "has shapes in %s that fit the equations of the net inputs and the weights",
    (name) => {
      const notation = notations[name];
      for (const step of steps) {
        const [x, w, b, z, d, dw] = (["x", "w", "b", "z", "d", "dw"] as const).map((quantity) =>
          laidOut(notation, quantity, step[quantity]),
        );
        const isColumns = isTransposed(notation, "x");
        const [left, right] = isColumns ? [w, x] : [x, w];
        expect([z.rows, z.cols]).toEqual([left.rows, right.cols]);
        for (let row = 0; row < z.rows; row++)
          for (let column = 0; column < z.cols; column++) {
            const bias = isColumns ? valueAt(b, row, 0) : valueAt(b, 0, column);
            expect(valueAt(z, row, column)).toBeCloseTo(product(left, right, row, column) + bias, 4);
          }
        // An outer product for each sample, in the order of the note's gradient.
        const samples = isColumns ? x.cols : x.rows;
        const inputOf = (sample: number, i: number) =>
          isColumns ? valueAt(x, i, sample) : valueAt(x, sample, i);
        const deltaOf = (sample: number, j: number) =>
          isColumns ? valueAt(d, j, sample) : valueAt(d, sample, j);
        const byUnits = isTransposed(notation, "dw");
        for (let row = 0; row < dw.rows; row++)
          for (let column = 0; column < dw.cols; column++) {
            const [i, j] = byUnits ? [column, row] : [row, column];
            let sum = 0;
            for (let sample = 0; sample < samples; sample++) sum += inputOf(sample, i) * deltaOf(sample, j);
            expect(valueAt(dw, row, column)).toBeCloseTo(sum, 4);
          }
      }
    },
  );

  it("is in the link, and no part of the recipe or of the bits", async () => {
    const { recipe } = decode("v=1&scene=points&data=moons&epochs=3");
    for (const notation of notationNames) {
      const link = encode(recipe, undefined, { ...wholeView, notation });
      expect(link.includes("notation=")).toBe(notation !== "lanewise");
      expect(decode(link)).toMatchObject({ recipe, view: { notation }, problems: [] });
    }
    const wrong = decode("v=1&scene=points&notation=roman");
    expect(wrong.view.notation).toBe("lanewise");
    expect(wrong.problems).toEqual([
      'The notation must be one of lanewise, styxofsyntax, zhou, mehrotra, answer, understanding, not "roman".',
    ]);
  });
});

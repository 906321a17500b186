import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { TestedFile } from "../../cli/report/evidence.js";
import type { ReportInput } from "../../cli/report/page.js";
import { createBackend } from "../../src/index.js";
import {
  evaluateTable,
  permutationImportance,
  readTable,
  type TableReport,
  trainTable,
} from "../../src/table.js";

/** Models of small tables, what a page says of them, and how to read the page. */

export const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

export type Classes = Extract<TableReport, { task: "classification" }>;
export type Values = Extract<TableReport, { task: "regression" }>;

export interface Made {
  readonly input: ReportInput;
  readonly evaluation: TestedFile["evaluation"];
}

/** Trains on a table, and scores the model on its own rows. */
export async function made(csv: string, target: string): Promise<Made> {
  const table = await readTable(csv);
  const { model, report } = await trainTable(await createBackend(), table, { target });
  const input: ReportInput = {
    title: "table.csv",
    sha256: "12".repeat(32),
    version: "1.2.3",
    command: `lanewise train table.csv --target ${target} --report out.html`,
    seconds: 1.25,
    variant: "simd",
    seed: 7,
    trained: report,
    importance: permutationImportance(model, table, { target, repeats: 2 }),
    importanceOf: "the rows that were trained on",
    notes: [],
    model: {
      path: "model.safetensors",
      bytes: 47_811,
      parameters: model.parameterCount,
      sha256: "ab".repeat(32),
    },
  };
  // As of rows that it has not seen.
  const evaluation = { ...evaluateTable(model, table, { target }), trainedOn: false };
  model.dispose();
  return { input, evaluation };
}

export const IRIS = read("examples/data/iris.csv");
/** Two of the three classes, so that they overlap. */
const TWO = IRIS.split("\n")
  .filter((line) => !line.includes("setosa"))
  .join("\n");
export const three = made(IRIS, "species");
export const two = made(TWO, "species");
export const values = made(read("examples/data/diabetes.csv"), "target");

/** The elements of a page, with what is in them, and that every one is closed. */
export function tagsOf(page: string): { name: string; attributes: string }[] {
  const open: string[] = [];
  const found: { name: string; attributes: string }[] = [];
  const VOID = ["meta", "!doctype"];
  for (const [, end, name, attributes, closed] of page
    .replace(/<style>[\s\S]*?<\/style>/, "")
    .matchAll(/<(\/?)([!\w]+)((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*(\/?)>/g)) {
    if (end) expect(open.pop()).toBe(name);
    else {
      found.push({ name, attributes });
      if (!VOID.includes(name) && !closed) open.push(name);
    }
  }
  expect(open).toEqual([]);
  return found;
}

/** The text of a page or a part of it. */
export const textOf = (page: string): string =>
  page
    .replace(/<style>[\s\S]*?<\/style>/, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/[ \n]+/g, " ");

export const section = (page: string, id: string): string =>
  page.match(new RegExp(`<section id="${id}"[\\s\\S]*?</section>`))?.[0] ?? "";

/** The cells of the rows of a table that begin with a name. */
export const cells = (part: string, row: string): string[] | undefined =>
  [...part.matchAll(/<tr[\s\S]*?<\/tr>/g)]
    .map(([line]) =>
      [...line.matchAll(/<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/g)].map(([, cell]) => textOf(cell).trim()),
    )
    .find(([first]) => first === row);

export const label = (page: string, id: string): string =>
  page.match(new RegExp(`<figure class="card" id="${id}">[\\s\\S]*?aria-label="([^"]*)"`))?.[1] ?? "";

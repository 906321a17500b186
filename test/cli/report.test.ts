import { describe, expect, it } from "vitest";
import { percent } from "../../cli/report/format.js";
import { named } from "../../cli/report/html.js";
import { reportPage } from "../../cli/report/page.js";
import { createBackend } from "../../src/index.js";
import { type CrossValidation, crossValidate } from "../../src/table.js";
import {
  type Classes,
  cells,
  IRIS,
  made,
  section,
  tagsOf,
  textOf,
  three,
  two,
  values,
} from "./report-pages.js";

/** The page of lanewise train --report: a function of what was trained and scored. */

describe("the page", () => {
  it.each([
    ["of two classes", two],
    ["of three classes", three],
    ["of values", values],
  ])("%s is one document without scripts and without requests", async (_, of) => {
    const page = reportPage((await of).input);
    const tags = tagsOf(page);
    expect(tags.map(({ name }) => name)).not.toContain("script");
    expect(page).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">`,
    );
    expect(page.replaceAll('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(
      /https?:|@import|\bsrc=| on\w+=/,
    );
    const references = [...page.matchAll(/(?:href="|url\()([^")]*)/g)].map(([, to]) => to);
    const ids = [...page.matchAll(/\bid="([^"]*)"/g)].map(([, id]) => id);
    expect(references.length).toBeGreaterThan(5);
    expect(references.filter((to) => !ids.includes(to.slice(1)))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("has headings in order, and a text for every picture", async () => {
    const tags = tagsOf(reportPage((await values).input));
    const levels = tags.flatMap(({ name }) => (/^h\d$/.test(name) ? [Number(name[1])] : []));
    expect(levels[0]).toBe(1);
    levels.forEach((level, i) => {
      expect(level - (levels[i - 1] ?? 0)).toBeLessThanOrEqual(1);
    });
    const figures = tags.filter(({ name }) => name === "figure").length;
    const pictures = tags.filter(({ attributes }) => /role="img" aria-label="[^"]{20,}"/.test(attributes));
    // The scale of the summary, too.
    expect(pictures).toHaveLength(figures + 1);
    expect(tags.filter(({ name }) => name === "svg")).toHaveLength(figures);
  });

  it("is the same for the same input, whatever was drawn before", async () => {
    const { input } = await three;
    expect(reportPage(input)).toBe(reportPage(input));
  });

  it("says how to train the model again", async () => {
    const { input } = await two;
    const training = textOf(section(reportPage(input), "training"));
    for (const part of [
      input.command,
      input.sha256,
      input.model.sha256,
      "lanewise 1.2.3",
      "model.safetensors",
      "Seed 7",
      "Units of the hidden layers 64, 64",
      "Learning rate 0.003",
      `Inputs ${input.trained.features}`,
      "simd",
    ])
      expect(training).toContain(part);
  });
});

describe("names and classes of the data", () => {
  const odd = [
    `<script>alert("1")</script>`,
    `"double" and 'single'`,
    "&amp; </bdi></style>",
    "\u{1f600} emoji",
    "\u05e9\u05dc\u05d5\u05dd",
    "\u202eleft",
  ];
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const rows = Array.from({ length: 120 }, (_, i) =>
    [...odd.map((_, column) => (i * (column + 3)) % 17), odd[i % odd.length]]
      .map(String)
      .map(quoted)
      .join(","),
  );
  const csv = [[...odd, "<b>target</b>"].map(quoted).join(","), ...rows].join("\n");
  const of = made(csv, "<b>target</b>");

  it("are text wherever they stand", async () => {
    const { input, evaluation } = await of;
    const tested = { name: "<i>test</i>.csv", evaluation };
    const page = reportPage({ ...input, title: "<i>file</i>", notes: ["<u>note</u>"], tested });
    const names = new Set(tagsOf(page).map(({ name }) => name));
    for (const name of ["script", "u"]) expect(names).not.toContain(name);
    expect(page).not.toMatch(/<i>(test|file)|<b>target|<script|<\/style>[\s\S]*<\/style>/);
    for (const name of [...odd, "<b>target</b>", "<i>test</i>.csv", "<i>file</i>"])
      expect(page).toContain(named(name).text);
    expect(textOf(page)).toContain("&lt;u&gt;note&lt;/u&gt;.");
  });

  it("do not turn the text around them", () => {
    expect(named("\u202eleft").text).toBe("<bdi>\u202eleft</bdi>");
  });
});

describe("rows that there are scores of", () => {
  const names = (page: string) =>
    [...section(page, "scores").matchAll(/<h3>(.*?)<\/h3>/g)].map(([, name]) => name);
  const folds = crossValidated(IRIS, "species", 3);

  it("come in the order of what they say: folds, a test file, held-out rows", async () => {
    const { input, evaluation } = await three;
    const tested = { name: "test.csv", evaluation };
    const validation = await folds;
    expect(names(reportPage({ ...input, validation, tested }))).toEqual([
      "3-fold cross-validation",
      "Test file",
      "Held-out rows",
      "Each fold",
    ]);
    expect(names(reportPage({ ...input, tested }))).toEqual(["Test file", "Held-out rows"]);
    expect(names(reportPage(input))).toEqual(["Held-out rows"]);
  });

  it("that the model was trained on come last, with a warning", async () => {
    const { input, evaluation } = await three;
    const page = reportPage({
      ...input,
      tested: { name: "it.csv", evaluation: { ...evaluation, trainedOn: true } },
    });
    expect(names(page)).toEqual(["Held-out rows", "Training rows"]);
    expect(textOf(section(page, "summary"))).toContain("it.csv is the file that the model was trained on");
  });

  it("are scored fold by fold", async () => {
    const validation = (await folds) as Extract<CrossValidation, { task: "classification" }>;
    const page = reportPage({ ...(await three).input, validation });
    const scores = section(page, "scores").split("Each fold")[1];
    expect(cells(scores, "Accuracy")).toEqual([
      "Accuracy",
      ...validation.folds.map((fold) => percent(fold.scores.accuracy)),
    ]);
    expect(textOf(scores)).toContain(`In the mean ${percent(validation.score)}`);
  });

  it("may not exist: then the page says that nobody knows", async () => {
    const few = await made(
      IRIS.split("\n")
        .filter((_, i) => i % 12 === 0)
        .join("\n"),
      "species",
    );
    expect(few.input.trained.heldOut).toBeUndefined();
    const page = reportPage(few.input);
    tagsOf(page);
    expect(textOf(section(page, "summary"))).toContain("Nobody knows yet how good this model is");
    expect([section(page, "scores"), section(page, "classes")]).toEqual(["", ""]);
    expect(section(page, "learning")).toContain("too few rows to stop by");
  });
});

async function crossValidated(csv: string, target: string, folds: number): Promise<CrossValidation> {
  return crossValidate(await createBackend(), csv, { target, folds });
}

describe("what is worth knowing", () => {
  const noise = Array.from(
    { length: 80 },
    (_, i) => `${(i * 7919) % 101},${["a", "b"][((i * 48_271) % 97) % 2]}`,
  );
  const noisy = made(["x,y", ...noise, "5,"].join("\n"), "y");

  it("is that the model may be no better than the baseline, and which rows were left out", async () => {
    const text = textOf(section(reportPage((await noisy).input), "summary"));
    expect(text).toMatch(/The interval contains the baseline|The model is not better than the baseline/);
    expect(text).toContain("1 row without a target was left out.");
  });

  it("is not there if there is nothing", async () => {
    expect(reportPage((await three).input)).not.toContain("Worth knowing");
  });

  it("has each note once, as a sentence", async () => {
    const { input } = await three;
    const text = textOf(reportPage({ ...input, notes: ["a note", "a note"] }));
    expect(text.split("A note.")).toHaveLength(2);
  });
});

describe("columns", () => {
  it("are listed with their kind, whether they are used, and why", async () => {
    const { input } = await three;
    const columns = section(reportPage(input), "columns");
    for (const { name, kind, reason } of input.trained.findings.columns)
      expect(cells(columns, name)).toEqual([name, kind, kind === "target" ? "predicted" : "used", reason]);
  });

  it("have their importance and its deviation", async () => {
    const { input } = await three;
    const importance = section(reportPage(input), "importance");
    for (const { column, importance: value, deviation } of input.importance)
      expect(cells(importance, column)).toEqual([column, "", percent(value), percent(deviation)]);
    expect(textOf(importance)).toContain("Measured on the rows that were trained on.");
  });

  it("and classes that are many are cut, and the page says so", async () => {
    const { input } = await three;
    const trained = input.trained as Classes;
    const { heldOut, heldOutPredictions } = trained;
    if (!heldOut || !heldOutPredictions) throw new Error("expected held-out rows");
    const [first] = trained.findings.columns;
    const labels = Array.from({ length: 50 }, (_, k) => `class ${k}`);
    const names = Array.from({ length: 300 }, (_, i) => `column ${i}`);
    const page = reportPage({
      ...input,
      trained: {
        ...trained,
        findings: { ...trained.findings, columns: names.map((name) => ({ ...first, name })) },
        heldOut: {
          ...heldOut,
          classes: labels.map((label, k) => ({ label, rows: 10 + k, recall: 1, precision: 1, f1: 1 })),
          confusionMatrix: labels.map((_, k) => labels.map((_, j) => (j === k ? 10 + k : 0))),
        },
      },
      importance: names.map((column, i) => ({ column, importance: 0.5 - i / 1000, deviation: 0.01 })),
    });
    tagsOf(page);
    const classes = section(page, "classes");
    expect(classes.split("Actual and predicted")[1].match(/<tr>/g)).toHaveLength(2 + 24);
    expect(textOf(classes)).toContain("Only the 24 classes with the most rows, of 50.");
    expect(textOf(section(page, "importance"))).toContain(
      `The other 270 columns are worth ${percent(0.47)} or less each.`,
    );
    expect(textOf(section(page, "columns"))).toContain("260 more columns");
  });
});

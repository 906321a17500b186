import { describe, expect, it } from "vitest";
import { dots } from "../../cli/report/dots.js";
import { amount, bytes, interval, percent, score, tick } from "../../cli/report/format.js";
import { html } from "../../cli/report/html.js";
import { reportPage } from "../../cli/report/page.js";
import { roundRange } from "../../cli/report/range.js";
import { rocCurve } from "../../cli/report/roc.js";
import { histogramOf } from "../../cli/report/values.js";
import {
  type Classes,
  cells,
  label,
  section,
  textOf,
  three,
  two,
  type Values,
  values,
} from "./report-pages.js";

/** What the page of lanewise train --report says of scores, in figures and in pictures. */

describe("classes", () => {
  it("have the scores of the report", async () => {
    const { input } = await two;
    const { heldOut, heldOutIntervals, baseline } = input.trained as Classes;
    if (!heldOut || !heldOutIntervals) throw new Error("expected held-out rows");
    const page = reportPage(input);
    const scores = section(page, "scores");
    expect(cells(scores, "Accuracy")).toEqual([
      "Accuracy",
      percent(heldOut.accuracy),
      interval(heldOutIntervals.accuracy, percent),
      percent(baseline.accuracy),
    ]);
    expect(cells(scores, "Balanced accuracy")?.[1]).toBe(percent(heldOut.balancedAccuracy));
    expect(cells(scores, "ROC-AUC")?.[1]).toBe(score(heldOut.rocAuc));
    expect(cells(scores, "Log loss")?.[1]).toBe(score(heldOut.logLoss));
    const summary = textOf(section(page, "summary"));
    expect(summary).toContain(`${percent(heldOut.accuracy)} accuracy`);
    expect(summary).toContain(`baseline ${percent(baseline.accuracy)}`);
  });

  it("have recall, precision, F1 and the confusion of each", async () => {
    const { input } = await three;
    const trained = input.trained as Classes;
    const confusionMatrix = [
      [48, 2, 0],
      [1, 45, 4],
      [0, 3, 47],
    ];
    const heldOut = trained.heldOut && { ...trained.heldOut, confusionMatrix };
    if (!heldOut) throw new Error("expected held-out rows");
    const [each, matrix] = section(
      reportPage({ ...input, trained: { ...trained, heldOut } }),
      "classes",
    ).split("Actual and predicted");
    expect(textOf(matrix)).toMatch(/ predicted actual setosa versicolor virginica /);
    heldOut.classes.forEach(({ label, rows, recall, precision, f1 }, k) => {
      const predicted = heldOut.confusionMatrix.reduce((sum, row) => sum + row[k], 0);
      expect(cells(each, label)).toEqual([
        label,
        String(rows),
        String(predicted),
        ...[recall, precision, f1].map((part) => percent(part)),
      ]);
      expect(cells(matrix, label)).toEqual([
        label,
        ...heldOut.confusionMatrix[k].map((count) => (count > 0 ? String(count) : "·")),
      ]);
    });
  });

  it("have a reliability diagram that says its bins", async () => {
    const { input } = await three;
    const text = label(reportPage(input), "calibration");
    for (const { rows, meanProbability, accuracy } of (input.trained as Classes).heldOut?.calibration ?? [])
      expect(text).toContain(
        `${rows} row${rows === 1 ? "" : "s"} with a mean probability of ${percent(meanProbability)}: ${percent(accuracy)} right`,
      );
  });

  it("have an ROC curve if there are two, whose area is ROC-AUC", async () => {
    const { input } = await two;
    const { heldOut, heldOutPredictions } = input.trained as Classes;
    if (!heldOut || !heldOutPredictions) throw new Error("expected held-out rows");
    expect(label(reportPage(input), "roc")).toContain(`is ${score(heldOut.rocAuc)}`);
    expect(label(reportPage((await three).input), "roc")).toBe("");
    const { targets, outputs } = heldOutPredictions;
    const curve = rocCurve(targets, (row) => outputs[2 * row + 1]);
    const area = curve
      .slice(1)
      .reduce((sum, [x, y], i) => sum + ((x - curve[i][0]) * (y + curve[i][1])) / 2, 0);
    expect(area).toBeCloseTo(heldOut.rocAuc, 6);
    expect([curve[0], curve[curve.length - 1]]).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  it("of one probability are one step of the ROC curve", () => {
    expect(rocCurve([1, 0, 1, 0], () => 0.5)).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  it("that are taken for one another most often are listed", async () => {
    const { input } = await three;
    const { heldOut } = input.trained as Classes;
    const mistakes = textOf(
      section(reportPage(input), "classes").split("<h3>Most frequent mistakes</h3>")[1],
    );
    const count = heldOut?.confusionMatrix[1][2] ?? 0;
    expect(count).toBeGreaterThan(0);
    expect(mistakes).toContain(`versicolor virginica ${count} ${percent(count / 50)}`);
  });
});

describe("values", () => {
  it("have the scores of the report", async () => {
    const { input } = await values;
    const { heldOut, heldOutIntervals, baseline } = input.trained as Values;
    if (!heldOut || !heldOutIntervals) throw new Error("expected held-out rows");
    const scores = section(reportPage(input), "scores");
    expect(cells(scores, "R²")).toEqual([
      "R²",
      score(heldOut.r2),
      interval(heldOutIntervals.r2, score),
      score(baseline.r2),
    ]);
    for (const [name, key] of [
      ["RMSE", "rmse"],
      ["MAE", "mae"],
    ] as const)
      expect(cells(scores, name)).toEqual([
        name,
        amount(heldOut[key]),
        interval(heldOutIntervals[key], amount),
        amount(baseline[key]),
      ]);
  });

  it("have pictures of the predictions and of the residuals, and the largest errors", async () => {
    const { input } = await values;
    const page = reportPage(input);
    expect(label(page, "agreement")).toMatch(/actual against predicted values of 442 rows/);
    expect(label(page, "residuals")).toMatch(/residuals against predicted values of 442 rows/);
    expect(label(page, "residual-histogram")).toMatch(/^Histogram of residuals/);
    const { rows, targets, outputs } = input.trained.heldOutPredictions ?? {
      rows: [],
      targets: [],
      outputs: [],
    };
    const errors = targets.map((target, i) => Math.abs(target - outputs[i]));
    const worst = errors.indexOf(Math.max(...errors));
    expect(cells(section(page, "values"), String(rows[worst] + 1))).toEqual([
      String(rows[worst] + 1),
      tick(targets[worst]),
      amount(outputs[worst]),
      amount(targets[worst] - outputs[worst]),
    ]);
  });

  it("are all in the histogram, and those far off in the outermost bars", () => {
    const residuals = [...Array.from({ length: 500 }, (_, i) => Math.sin(i) * 10), 1e6, -1e6];
    const { counts, step } = histogramOf(residuals);
    expect(counts.reduce((a, b) => a + b)).toBe(502);
    expect([step, counts.length]).toEqual([1, 20]);
    expect(histogramOf([0, 0])).toEqual({ step: 1, counts: [0, 2] });
  });

  it("give a small page however many rows there are", async () => {
    const { input, evaluation } = await values;
    const count = 200_000;
    const targets = Array.from({ length: count }, (_, i) => (i * 7919) % 10_007);
    const outputs = Float32Array.from(targets, (value, i) => value + ((i * 104_729) % 5003) - 2500);
    const predictions = { rows: Int32Array.from(targets.keys()), targets, outputs };
    const tested = { name: "test.csv", evaluation: { ...evaluation, rows: count, predictions } };
    expect(reportPage({ ...input, tested }).length).toBeLessThan(400_000);
  });

  it("that fall on one dot make it stronger, and no row gets lost", () => {
    const drawn = dots([[0, 0], ...Array.from({ length: 6 }, () => [1, 1] as const), [1, 0]], {
      width: 100,
      height: 100,
    }).map(({ renderItem }) => {
      const coord = ([x, y]: number[]) => [100 * x, 100 - 100 * y];
      const item = renderItem?.({ dataIndex: 0 } as never, { coord } as never) as {
        shape: { pathData: string };
      };
      return item.shape.pathData.replace("M0 0M100 100", "");
    });
    expect(drawn).toEqual(["M0.0 100.0l0.1 0M100.0 100.0l0.1 0", "", "M100.0 0.0l0.1 0", ""]);
  });
});

describe("learning curves", () => {
  it("say where each network stopped", async () => {
    const { input } = await three;
    const page = reportPage(input);
    const { history, epochs } = input.trained;
    history.forEach(({ loss, validationLoss = [] }, i) => {
      expect(label(page, `network-${i + 1}`)).toContain(
        `in ${loss.length} epochs; the best loss on held-out rows is ${score(validationLoss[epochs[i] - 1])} at epoch ${epochs[i]}`,
      );
      expect(validationLoss[epochs[i] - 1]).toBe(Math.min(...validationLoss));
    });
  });
});

describe("html", () => {
  it("escapes strings, and leaves templates as they are", () => {
    expect(html`<p title="${`"'<&>`}">${html`<b>${"<"}</b>`}</p>`.text).toBe(
      `<p title="&quot;&#39;&lt;&amp;&gt;"><b>&lt;</b></p>`,
    );
  });

  it("takes lists, numbers and nothing", () => {
    expect(html`${[1, "a", undefined, false, html`<i></i>`]}${0}`.text).toBe("1a<i></i>0");
  });
});

describe("numbers", () => {
  it.each([
    [percent(0.79), "79.0\u202f%"],
    [percent(-0.001), "\u22120.1\u202f%"],
    [percent(-0.0001), "0.0\u202f%"],
    [percent(Number.NaN), "\u2013"],
    [score(0.8512), "0.851"],
    [score(-0.5), "\u22120.500"],
    [amount(1.81), "1.810"],
    [amount(-12345.6), "\u221212,350"],
    [amount(1.234e-7), "1.234E\u22127"],
    [amount(0), "0"],
    [tick(0.5), "0.5"],
    [bytes(999), "999\u202fbytes"],
    [bytes(47_811), "47.8\u202fkB"],
    [bytes(2_500_000), "2.5\u202fMB"],
    [interval([0.767, 0.811], percent), "76.7 to 81.1\u202f%"],
  ])("%s", (got, expected) => {
    expect(got).toBe(expected);
  });

  it.each([
    [[0.38, 0.57], 2, { min: 0.3, max: 0.6, interval: 0.1 }],
    [[0, 65], 4, { min: 0, max: 80, interval: 20 }],
    [[3, 3], 5, { min: 3, max: 4, interval: 1 }],
  ] as const)("round the range %j", ([low, high], steps, expected) => {
    const { min, max, interval } = roundRange([low, high], steps);
    expect(interval).toBeCloseTo(expected.interval, 12);
    expect([min, max]).toEqual([expect.closeTo(expected.min, 12), expect.closeTo(expected.max, 12)]);
  });
});

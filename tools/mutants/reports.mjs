const pages = ["test/cli/report.test.ts"];
const scores = ["test/cli/report-scores.test.ts"];

/** Mutants of the page that the command writes about a model. */
export const reports = [
  {
    file: "cli/report/html.ts",
    tests: [...pages, ...scores],
    changes: {
      "names are markup": ['"<": "&lt;",', '"<": "<",'],
      "a quote ends an attribute": [`[&<>"']/g`, "[&<>']/g"],
      "names turn the text around them": ["<bdi>", "<b>"],
      "0 is nothing": ["content === false", "!content"],
    },
  },
  {
    file: "cli/report/format.ts",
    tests: scores,
    changes: {
      "0 has a sign": ["Number(digits) === 0 ?", "false ?"],
      "both bounds have the unit": ["(low).replace(`", "(low).concat(`"],
      "amounts end in zeros that are left out": ["size === 0 ? 1 : least", "1"],
      "small amounts are written out": ["size >= 1e-4", "size >= 0"],
    },
  },
  {
    file: "cli/report/evidence.ts",
    tests: pages,
    changes: {
      "training rows come before held-out ones": ["tested?.evaluation.trainedOn ?", "false ?"],
      "held-out rows come before a test file": ["[folds, test, ...rest]", "[folds, ...rest, test]"],
    },
  },
  {
    file: "cli/report/summary.ts",
    tests: pages,
    changes: {
      "a model as good as the baseline passes": ["bounds[0] <= baseline", "false"],
      "rows without a target pass in silence": ["missing > 0 &&", "false &&"],
      "notes come twice": ["...[...new Set(all)]", "...all"],
    },
  },
  {
    file: "cli/report/classes.ts",
    tests: [...pages, ...scores],
    changes: {
      "rows and columns change places": [
        "const count = confusionMatrix[k][j];",
        "const count = confusionMatrix[j][k];",
      ],
      "a matrix of many classes is whole": ["largest(classes, MOST_CLASSES)", "largest(classes, MOST_ROWS)"],
      "what is right is a mistake": ["actual !== predicted && count", "count"],
    },
  },
  {
    file: "cli/report/roc.ts",
    tests: scores,
    changes: {
      "equal probabilities are steps of their own": [
        "if (!isLast && probability",
        "if (false && probability",
      ],
      "small probabilities come first": [
        "probability(b) - probability(a)",
        "probability(a) - probability(b)",
      ],
    },
  },
  {
    file: "cli/report/dots.ts",
    tests: scores,
    changes: {
      "rows on one dot are one row": ["count: count + 1", "count: 1"],
      "every row is a dot": ["Math.floor(x / CELL) * height + Math.floor(y / CELL)", "x * 1e6 + y"],
    },
  },
  {
    file: "cli/report/values.ts",
    tests: scores,
    changes: {
      "far residuals are left out": ["Math.max(0, Math.min(2 * half - 1,", "Math.max(0, Math.min(2 * half,"],
      "outliers set the width of bars": ["const INNER = 0.99;", "const INNER = 1;"],
      "the smallest errors are listed": [
        "Math.abs(error(b)) - Math.abs(error(a))",
        "Math.abs(error(a)) - Math.abs(error(b))",
      ],
    },
  },
  {
    file: "cli/report/range.ts",
    tests: scores,
    changes: {
      "steps are powers of 10": ["[1, 2, 5]", "[1]"],
      "a range of one value has no extent": ["Math.max(min + interval, ", "Math.max(min, "],
    },
  },
  {
    file: "cli/report/picture.ts",
    tests: [...pages, ...scores],
    changes: {
      "pictures depend on those before": ["\\bzr\\d+-", "\\bzq\\d+-"],
      "styles of scripts stay": ["<style[", "<stylo["],
    },
  },
  {
    file: "cli/report/learning.ts",
    tests: scores,
    changes: { "the best epoch is one late": ["validationLoss?.[best - 1]", "validationLoss?.[best]"] },
  },
  {
    file: "cli/report/importance.ts",
    tests: pages,
    changes: {
      "the other columns are forgotten": ["rest.length > 0 &&", "false &&"],
      "the deviation is the importance": ["format(deviation)", "format(value)"],
    },
  },
  {
    file: "cli/report/columns.ts",
    tests: pages,
    changes: { "all columns are seen at once": ["const FIRST = 40;", "const FIRST = 4000;"] },
  },
];

const links = ["test/site/text-link.test.ts"];
const runs = ["test/site/text.test.ts"];

/** Mutants of the playground's texts: what decides the weights of a run, and what people see of it. */
export const texts = [
  {
    file: "site/playground/text/corpora.ts",
    tests: links,
    changes: {
      "line ends of two characters": ['.replace(/\\r\\n?/g, "\\n")', '.replace(/\\r/g, "\\n")'],
      "any length": ["text.length < least || text.length > most", "text.length > most"],
      "any number of characters": ["if (kinds > MOST_KINDS)", "if (kinds > 2 * MOST_KINDS)"],
      "a long text in a link": ["encodeURIComponent(text).length <= MOST_IN_LINK", "text.length > 0"],
      "any mark": ["/^[0-9a-f]{16}$/.test(mark)", "mark.length > 0"],
      "a mark of the length": ["const unit = text.charCodeAt(i);", "const unit = 1;"],
    },
  },
  {
    file: "site/playground/text/link.ts",
    tests: links,
    changes: {
      "no heads": ['kind === "transformer" ?', 'kind === "lstm" ?'],
      "heads that do not fit": ["headsFor(units).map(String)", "headsFor(8).map(String)"],
      "the link of another scene": ['if (named !== "text")', 'if (named === "")'],
      "changes without batches": ["batch > 0 ?", "batch < 0 ?"],
      "a run that starts by itself": ['starts: pairs.has("run")', "starts: true"],
    },
  },
  {
    file: "site/playground/text/recipe.ts",
    tests: links,
    changes: {
      "the first change": [".at(-1)?.rate", "[0]?.rate"],
      "changes of the whole epoch": [
        "change.epoch === epoch && change.batch <= batch",
        "change.epoch === epoch",
      ],
    },
  },
  {
    file: "site/playground/text/windows.ts",
    tests: runs,
    changes: {
      "an even shift": ["SHIFT = 23", "SHIFT = 24"],
      "the same character as the target": ["y[i] = tokens[offset + i + 1]", "y[i] = tokens[offset + i]"],
      "pieces without an offset": ["x[i] = tokens[offset + i]", "x[i] = tokens[i]"],
      "an offset beyond the text": ["Math.min(steps, length - steps)", "steps"],
    },
  },
  {
    file: "site/playground/text/learner.ts",
    tests: runs,
    changes: {
      "nats in place of bits": ["this.losses.push(loss / BIT)", "this.losses.push(loss / 0.5)"],
      "a batch that is forgotten": ["this.batch = begun?.batch ?? 0", "this.batch = 0"],
      "changes that are not made": ["if (due.length === 0) return;", "return;"],
      "any length of a text": ["if (this.known <= steps)", "if (this.known < 0)"],
    },
  },
  {
    file: "site/playground/text/resumed.ts",
    tests: runs,
    changes: {
      "the run of another recipe": ["encodeTextLink({ ...recipe, changes }) === link && ", ""],
      "damage that ends the page": [
        "if (!(error instanceof lanewise.FormatError)) throw error;",
        "throw error;",
      ],
    },
  },
  {
    file: "site/playground/text/attention.ts",
    tests: runs,
    changes: {
      "keys that are queries": ["weight[from * columns + features + to]", "weight[from * columns + to]"],
      "scores without a scale": ["dot / Math.sqrt(size)", "dot"],
      "what comes later": ["for (let j = 0; j <= i; j++) {", "for (let j = 0; j < i; j++) {"],
      "rows that are not normalized": ["(x[i] - mean) * scale", "(x[i] - mean)"],
      "shares that are not shares": ["value / sum", "value"],
    },
  },
  {
    file: "site/playground/text/writer.ts",
    tests: runs,
    changes: {
      "more steps than there are": ["stepper.steps >= keeps", "stepper.steps > keeps"],
      "a prompt with characters of others": ["kinds.includes(sign)", "sign.length > 0"],
      "a text from nothing": ["if (seen.length === 0)", "if (seen.length < 0)"],
    },
  },
];

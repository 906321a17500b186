const reading = ["test/table/read.test.ts"];
const columns = ["test/table/columns.test.ts"];
const encoding = ["test/table/encoding.test.ts"];
const models = ["test/table/model.test.ts"];
const training = ["test/table/train.test.ts"];
const parts = ["test/table/train-parts.test.ts"];
const blocks = ["test/table/blocks.test.ts"];
const lockstep = ["test/table/lockstep.test.ts"];
const scoring = ["test/table/scores.test.ts"];
const tuning = ["test/table/tune.test.ts"];
const fineTuning = ["test/table/fine-tune.test.ts"];

/** Mutants of tables: reading, finding what columns are, encoding, and training. */
export const tables = [
  {
    file: "src/table/records.ts",
    tests: reading,
    changes: {
      "an end of a line within quotes ends the record": ["if (inQuotes && code >= 0) {", "if (false) {"],
      "a CR at the end of a part is an end of its own": [
        "if (code === 13 && i + 1 === text.length && !last) break;",
        "",
      ],
      "lines are counted from the end of a record": ["else lines.push(beginLine);", "else lines.push(line);"],
      "comments are rows": ["text.startsWith(comment, i)", "false"],
    },
  },
  {
    file: "src/table/dialect.ts",
    tests: reading,
    changes: {
      "delimiters within quotes count": ["if (inQuotes) continue;", ""],
      "a header with # is a comment": ["cells(lines[0]) !== cells(lines[1])", "true"],
      "sep=; is a row": ["    skip: line.length,", "    skip: 0,"],
    },
  },
  {
    file: "src/table/csv.ts",
    tests: reading,
    changes: {
      "short rows pass": ["const few = row.length < columns.length;", "const few = false;"],
      "empty cells behind the last are refused": ['every((cell) => cell === "")', "every(() => false)"],
    },
  },
  {
    file: "src/table/decode.ts",
    tests: reading,
    changes: {
      "wrong bytes pass": ["new TextDecoder(encoding, { fatal: true });", "new TextDecoder(encoding);"],
      "gzip is text": ["bytes[0] === 0x1f", "bytes[0] === 0x1e"],
    },
  },
  {
    file: "src/table/source-hash.ts",
    tests: reading,
    changes: {
      "surrogate pairs that are cut": ["/[\\ud800-\\udbff]$/.exec(text)?.[0]", "undefined"],
      "half a pair at the end": ["new TextEncoder().encode(this.half)", "new Uint8Array()"],
      "the whole buffer of a view": ["part.buffer, part.byteOffset, part.byteLength", "part.buffer"],
    },
  },
  {
    file: "src/table/origin.ts",
    tests: scoring,
    changes: {
      "two tables without a hash": ["sha256 !== undefined && ", ""],
      "another table": ["?.sha256 === sha256", "?.sha256 !== undefined"],
      "rows of the hash alone": ["const origin: Origin = { rows, ", "const origin = { ", { tests: training }],
    },
  },
  {
    file: "src/table/json.ts",
    tests: reading,
    changes: {
      "lines of JSON are not counted": ["      line++;", ""],
      "null is text": ['field === null || field === undefined ? ""', 'field === undefined ? ""'],
    },
  },
  {
    file: "src/table/number-column.ts",
    tests: columns,
    changes: {
      "unknown is a category": ["missing|unknown", "missing"],
      "codes are numbers": ["/^[+-]?0+\\d/.test(cell)", "false"],
      "a point is always before decimals": ["? GROUPED : [];", "? [] : [];"],
    },
  },
  {
    file: "src/table/columns.ts",
    tests: columns,
    changes: {
      "running numbers are used": ["=== positions[i] - positions[i - 1]", "=== 2"],
      "few numbers are numbers alone": ["values.length >= ROWS_A_NUMBER * count", "false"],
      "unique words are categories": ["present.length && present.length > 2;", "present.length + 1;"],
      "columns are taken that are not there": [
        "    if (!table.columns.includes(name)) addMissing(problems, table, name);",
        "",
      ],
    },
  },
  {
    file: "src/table/target.ts",
    tests: columns,
    changes: {
      "rows without a target stay": ["isGap(cells[row]) || gaps.includes(cells[row])", "false"],
      "numbers with decimals are classes": ["few && [...numbers].every(Number.isInteger)", "few"],
      "numbers as words are in the order of words": ["Number(a) - Number(b)", "0"],
    },
  },
  {
    file: "src/table/plan.ts",
    tests: encoding,
    changes: {
      "all rows instead of those of training": ["rows ?? Array.from", "false || Array.from"],
      "rare categories have features": [">= RARE", ">= 1"],
      "skewed numbers are linear alone": ["Math.abs(skew) > SKEWED", "false"],
      "parts of dates that do not vary": ["if (momentsOf(numbers).deviation === 0) continue;", ""],
    },
  },
  {
    file: "src/encoding/encode-values.ts",
    tests: encoding,
    changes: {
      "no limit": ["Math.max(-limit, Math.min(limit, (x - mean) / deviation))", "(x - mean) / deviation"],
      "unseen categories have none": ["(places.get(category) ?? other)", "places.get(category)"],
      "a missing number is 0": ["      ? median", "      ? 0"],
      "sine for cosine": ["out[at + 1] = cosineOfTurns(turn % 1);", "out[at + 1] = out[at];"],
    },
  },
  {
    file: "src/encoding/encode-records.ts",
    tests: encoding,
    changes: {
      "unknown fields pass": ["if (!known.has(name) && !problems.has(name)) {", "if (false) {"],
      "missing fields pass": ["if (!Object.hasOwn(record, name) && !problems.has(name))", "if (false)"],
    },
  },
  {
    file: "src/encoding/number-format.ts",
    tests: columns,
    changes: {
      "groups of any number of digits": ["if (groups.length > 1 && !isGrouped) return undefined;", ""],
      "groups that begin with 0": ["[1-9]\\d{0,2}$/", "\\d{1,3}$/"],
    },
  },
  {
    file: "src/encoding/date-format.ts",
    tests: columns,
    changes: {
      "days that do not exist": ["date.getUTCMonth() === month - 1", "true"],
      "years of two digits": ["year < 69 ? 2000 : 1900", "year < 69 ? 1900 : 2000", { tests: encoding }],
    },
  },
  {
    file: "src/encoding/words.ts",
    tests: encoding,
    changes: {
      "words by their case": ["text.normalize().toLowerCase()", "text.normalize()"],
      "accents as characters of their own": ["text.normalize().toLowerCase()", "text.toLowerCase()"],
      "marks that end words": ["\\p{M}", ""],
      "all words with one sign": ["hash >>> 31 === 1 ? 1 : -1", "1"],
    },
  },
  {
    file: "src/encoding/check-encoding.ts",
    tests: models,
    changes: {
      "no buckets": ["(buckets as number) > 0", "true"],
      "words of numbers": ['of === "words" && kind === "words"', 'of === "words"'],
      "two columns of one name": ["&& !names.has(name)", ""],
      "another number of features": ["if (features !== width)", "if (false)"],
    },
  },
  {
    file: "src/table/net.ts",
    tests: training,
    changes: {
      "values that are not brought back": [
        "mean: [-mean / deviation], deviation: [1 / deviation]",
        "mean: [0], deviation: [1]",
      ],
      "random weights where training began with a model": [
        "value.data.set(start?.parameters.get(name) ?? []);",
        "void name;",
        { tests: fineTuning },
      ],
      "networks that stay as they began": ["parameters.get(name)?.data.set(values);", ";"],
      "held-out values in another unit": [
        "if (!labels) return outputs.map((value) => value * unit.deviation + unit.mean);",
        "if (!labels) return outputs;",
      ],
      "no losses of held-out rows": ["...(validation && { validationLoss:", "...(false && { validationLoss:"],
    },
  },
  {
    file: "src/table/prepare.ts",
    tests: training,
    changes: {
      "no weights of classes": ["classWeights: classWeights && balanced(targets),", ""],
      "targets of other rows": ["targetsOf(all, places);", "targetsOf(all, places.map((_, i) => i));"],
    },
  },
  {
    file: "src/table/predictions.ts",
    tests: scoring,
    changes: {
      "predictions that stand at other rows": [
        "sorted.set(outputs.subarray(from",
        "sorted.set(outputs.subarray(to",
      ],
      "targets of other rows": ["values[places[i]]", "values[i]"],
      "places for rows": ["tableRows[places[i]]", "places[i]"],
    },
  },
  {
    file: "src/table/cross-validate.ts",
    tests: scoring,
    changes: {
      "a baseline of the rows that are tested": [
        "baselineOutputs(targetsOf(targets, train)",
        "baselineOutputs(targetsOf(targets, test)",
      ],
    },
  },
  {
    file: "src/table/predict-folds.ts",
    tests: scoring,
    changes: {
      "a model that was trained on what it is tested on": [
        "trainOn(backend, prepared, options, train,",
        "trainOn(backend, prepared, options, test,",
      ],
      "places for rows": ["test.map((place) => target.rows[place])", "test"],
    },
  },
  {
    file: "src/table/folds.ts",
    tests: scoring,
    changes: { "a value that no fold tests": ["Math.min(Math.floor(i / RUN), last)", "Math.floor(i / RUN)"] },
  },
  {
    file: "src/metrics/formulas.ts",
    tests: scoring,
    changes: {
      "equal scores that count as in order": ["at[1] * (below[0] + at[0] / 2)", "at[1] * (below[0] + at[0])"],
      "equal scores that are told apart": ["scores[order[k + 1]] === scores[i]", "false"],
      "targets that are all equal": [
        "spread > 0 ? 1 - squares / spread : Number(squares === 0)",
        "1 - squares / spread",
      ],
      "f1 as the mean": ["ratio(2 * hits, said + truth)", "ratio(hits, said) / 2 + ratio(hits, truth) / 2"],
    },
  },
  {
    file: "src/table/scores.ts",
    tests: scoring,
    changes: {
      "a matrix of predicted by actual": ["confusionMatrix[label][said]++", "confusionMatrix[said][label]++"],
      "an edge in the upper bin": ["probability <= (i + 1) / BINS", "probability < (i + 1) / BINS"],
      "classes that no row has in the mean of areas": ["rows === 0 || (count === 2", "(count === 2"],
      "classes that no row has in the mean of recalls": ["(rows > 0 ? [recall] : [])", "[recall]"],
      "bins without a row": [".filter(({ rows }) => rows > 0)", ""],
    },
  },
  {
    file: "src/table/intervals.ts",
    tests: scoring,
    changes: {
      "an interval of 90 %": ["const Z = 1.959963984540054;", "const Z = 1.6448536269514722;"],
      "quantiles of 90 %": ["[quantile(0.025), quantile(0.975)]", "[quantile(0.05), quantile(0.95)]"],
      "a spread about the mean of all rows": ["spread - (value * value) / n", "spread"],
      "a spread that rounding leaves": ["around > 1e-12 * spread ? around : 0", "around"],
      "the same rows in each draw": ["purposes.bootstrap, draw)", "purposes.bootstrap, 0)"],
    },
  },
  {
    file: "src/table/notes.ts",
    tests: scoring,
    changes: {
      "advice that was followed": ["|| classWeights !== undefined", ""],
      "classes with few rows": ["rows >= ROWS", "rows > 0"],
      "a recall of half the accuracy": ["rarest.recall >= PART * accuracy", "rarest.recall >= accuracy"],
      "a mean below 0": ["LEAST_SPREAD * Math.abs(mean)", "LEAST_SPREAD * mean"],
      "values that are all equal": ["deviation === 0 ||", ""],
      "a table that the model has not seen": [
        "isTrainedOn(metadata, table)",
        "metadata",
        { tests: fineTuning },
      ],
    },
  },
  {
    file: "src/table/evaluate.ts",
    tests: scoring,
    changes: {
      "outputs that are no probabilities": ["!(output >= 0 && output <= 1)", "false"],
      "samples of rows without a target": [
        "encodeTable(encoding, table, found.rows)",
        "encodeTable(encoding, table)",
      ],
    },
  },
  {
    file: "src/table/target-values.ts",
    tests: scoring,
    changes: { "classes that the model does not know": ["if (value === undefined) {", "if (false) {"] },
  },
  {
    file: "src/table/recipe.ts",
    tests: training,
    changes: {
      "entries that were asked for": ["  } = given;", "  } = {} as Partial<TableRecipe>;"],
      "seeds that two models share": ["networks > MOST_NETWORKS", "false"],
      "layers without a unit": ["for (const [i, units] of hidden.entries())", "for (const [i, units] of [])"],
    },
  },
  {
    file: "src/table/fine-tune.ts",
    tests: fineTuning,
    changes: {
      "a model of other layers": ["|| expected.sort().join() !== got.sort().join()", ""],
      "values in the unit of the new table": ["mean: -mean / deviation,", "mean: 0,"],
      "options beside the encoding": ["if (options[key] !== undefined)", "if (false)"],
      "a target that the model reads": ["some(({ name }) => name === target)", "some(() => false)"],
      "classes of the table alone": ["...(labels && { labels }) },", "},"],
    },
  },
  {
    file: "src/table/tune.ts",
    tests: tuning,
    changes: {
      "the luckiest recipe": ["return mean > deviation / Math.sqrt(losses.length);", "return mean > -1;"],
      "the worst of those that were drawn": ["a.score - b.score);", "b.score - a.score);"],
      "entries that were to stay": ["...Object.fromEntries(fixed), networks", "networks"],
      "the same recipe again and again": ["purposes.tuning, index)", "purposes.tuning, 0)"],
      "the folds of the draw": [
        "networks: start.networks }, seed);",
        "networks: start.networks }, otherSeed);",
      ],
      "no end of the time": ["if (this.part > 1) throw this.end;", ""],
      "a signal that is not heard": ["this.signal?.throwIfAborted();", ""],
    },
  },
  {
    file: "src/table/importance.ts",
    tests: scoring,
    changes: {
      "the same shuffle in each repeat": ["column * repeats + repeat)", "column)"],
      "features of the first column": ["    begin = end;", ""],
      "columns in the order of the table": ["found.sort((a, b) => b.importance - a.importance)", "found"],
      "rows that are not shuffled": ["[order[i], order[j]] = [order[j], order[i]];", ""],
    },
  },
  {
    file: "src/table/reservoir.ts",
    tests: lockstep,
    changes: {
      "early rows are kept more often": ["* (position + 1));", "* this.size * 8);"],
      "the last rows are kept": ["if (place >= this.size) continue;", ""],
      "rows in the order of their places": [
        "const order = Int32Array.from(this.positions.keys()).sort(",
        "const order = Int32Array.from(this.positions.keys()).filter(",
      ],
    },
  },
  {
    file: "src/table/parts.ts",
    tests: parts,
    changes: {
      "a table may lose rows between passes": ["if (begin !== this.count)", "if (false)"],
      "parts may have other columns": ["table.columns.some((name, i) => name !== columns[i])", "false"],
      "a part begins where the one before does": ["begin += table.rows;", "begin = table.rows;"],
    },
  },
  {
    file: "src/table/odd-cells.ts",
    tests: parts,
    changes: {
      "any number of different odd cells": ["odd.size > (isAsked ? 0 : ODD_CELLS)", "false"],
      "words of a text are odd": ['kind === "number" || kind === "date"', 'kind !== "category"'],
      "any number of odd rows": ["isFewOddCells(odd.size, oddRows, present)", "true"],
      "odd cells where the kind was asked for": ["(!isAsked &&", "("],
      "words for no value are odd": ['column.kind === "number" && isNoValue(cell)', "false"],
      "findings without the odd cells": ["if (more.length === 0) return found;", "return found;"],
      "odd cells that are not listed are lost": ["let others = oddRows;", "let others = 0;"],
    },
  },
  {
    file: "src/table/lockstep.ts",
    tests: lockstep,
    changes: {
      "the first reader goes on alone": ["this.waiting.length < this.readers ||", ""],
      "a reader that leaves is waited for": [
        "if (this.readers > 0) return this.goOn();",
        "if (this.readers > 0) return;",
      ],
      "one epoch": ["if (next.done) this.iterator = undefined;", ""],
      "an error is heard by one reader": [
        "for (const reader of waiting) reader.reject(reason);",
        "waiting[0].reject(reason);",
      ],
      "the source stays open": ["Promise.resolve(this.iterator?.return?.())", "Promise.resolve()"],
    },
  },
  {
    file: "src/table/blocks.ts",
    tests: parts,
    changes: {
      "blocks end with their parts": ["if (filled < size) continue;", ""],
      "the end of a table is not learned from": ["if (filled > 0) yield this.shuffled(filled);", ""],
      "features of the block before": [".fill(0);", ";"],
      "one pass over a table that is sorted": ["Math.min(shares, MOST_PASSES)", "1"],
      "each pass takes the same share": ["this.pass++ % shares", "0", { tests: blocks }],
    },
  },
  {
    file: "src/table/drift.ts",
    tests: parts,
    changes: {
      "digits are lost to what values have in common": ["target - this.first : 1", "target : 1"],
      "chance counts": ["(within * (rows - 1)) / (rows - runs)", "within"],
    },
  },
  {
    file: "src/table/learn-parts.ts",
    tests: parts,
    changes: {
      "networks learn what they are scored on": ["if (heldFrom[row] === network) continue;", ""],
      "the signal is not heard in an epoch": [
        "...(options.signal ? [options.signal as AbortSignal] : [])",
        "",
      ],
    },
  },
  {
    file: "src/table/held-rows.ts",
    tests: parts,
    changes: {
      "rows counted within their part": ["networkOf(begin + row);", "networkOf(row);"],
      "most rows held out from all": ["network < this.networks ? network : -1", "network % this.networks"],
    },
  },
  {
    file: "src/table/check-parts.ts",
    tests: parts,
    changes: {
      "odd targets pass": ["reader.read(table, problems)", "reader.read(table)"],
      "values of a deviation of 1": ["moments.unit(),", "{ mean: 0, deviation: 1 },"],
    },
  },
  {
    file: "src/table/survey-parts.ts",
    tests: parts,
    changes: {
      "small tables in blocks, too": ["if (table.rows === parts.rows) return table;", ""],
      "no row may have a target": ["if (targets < LEAST_TARGETS)", "if (false)"],
    },
  },
  {
    file: "src/table/train-parts.ts",
    tests: parts,
    changes: {
      "progress beyond the end": ["1 - CHECKING, recipe.epochs", "1, recipe.epochs"],
      "weights by which rare classes count less": ["targets / (classRows.length * count)", "count / targets"],
    },
  },
  {
    file: "src/table/target.ts",
    tests: parts,
    changes: {
      "cells that are not counted are none": ["else this.others++;", ""],
      "a target of any number of classes": ["if (others > 0 || (given", "if ((given"],
    },
  },
];

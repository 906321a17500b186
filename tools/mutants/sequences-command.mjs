const seasons = ["test/cli/season.test.ts"];
const times = ["test/cli/time-axis.test.ts"];
const forecasts = ["test/cli/forecast-plan.test.ts"];
const texts = ["test/cli/text-windows.test.ts"];

/** Mutants of what the command line does with text and time series. */
export const sequenceCommands = [
  {
    file: "cli/season.ts",
    tests: seasons,
    changes: {
      "a line is a season": ["value - mean - slope * (i - middle)", "value - mean"],
      "noise is a season": ["const [EVIDENT, ABOVE] = [0.3, 0.3];", "const [EVIDENT, ABOVE] = [0.05, 0.05];"],
      "slopes are peaks": ["at[lag] - least >= ABOVE", "true"],
      "the end of the lags is a peak": ["lag <= lags + 1; lag++) at.push", "lag <= lags; lag++) at.push"],
      "a multiple of the season": ["lag < season / 1.5 && at[lag] >= NEARLY", "lag < 0 && at[lag] >= NEARLY"],
      "a part of the season": ["const NEARLY = 0.9;", "const NEARLY = 0.1;"],
      "the calendar is not asked": ["OFF * each) ?? season", "-1) ?? season"],
      "the calendar is asked for all": ["const OFF = 0.03;", "const OFF = 0.3;"],
      "a naive forecast that has seen its row": [
        "values[origin - 1] : values[origin - season",
        "values[origin] : values[origin - season",
      ],
      "a season that ends": ["(ahead % season)", "Math.min(ahead, season - 1)"],
    },
  },
  {
    file: "cli/time-axis.ts",
    tests: times,
    changes: {
      "a row comes twice": ["if (times[row] <= times[row - 1])", "if (times[row] < times[row - 1])"],
      "the last day of a month is a day of it": [
        "isLast ? Date.UTC(year, month + 1, 0)",
        "isLast ? Date.UTC(year, month, 28)",
      ],
      "days are months": ["if (!isLast && !isSame) return undefined;", ""],
      "working days on weekends": ["while (isWeekend(next)) next += DAY;", ""],
      "holidays are gaps": ["if (step.mayMiss) return;", ""],
      "gaps pass": ["if (wrong.length === 0) return;", "return;"],
      "the seasons of years": ["12 % months === 0 && months < 12", "12 % months === 0"],
      "seconds get lost": ['text.endsWith(":00.000Z")', 'text.endsWith("Z")'],
      "months with their first day": [".slice(0, 7)", ".slice(0, 10)"],
    },
  },
  {
    file: "cli/series.ts",
    tests: forecasts,
    changes: {
      "one turn of the calendar is enough": ["days >= 2 * DAYS[part]", "days >= DAYS[part]"],
      "two steps of the calendar are a circle": [" && step < DAYS[part] / 2", ""],
      "turns begin at 0": [
        "(dateParts[part](time) - begin) / length",
        "dateParts[part](time) / (length + 1)",
      ],
    },
  },
  {
    file: "cli/forecast-plan.ts",
    tests: forecasts,
    changes: {
      "scales look ahead": [
        "origin + plain.ahead <= rows; origin++",
        "origin + plain.ahead <= rows + 1; origin++",
      ],
      "means look ahead": ["valuesOf(series, given).subarray(0, rows)", "valuesOf(series, given)"],
      "other columns look ahead": ["columnOf(series, name).subarray(0, rows)", "columnOf(series, name)"],
      "the window is one row late": [
        "for (let row = origin - past; row < origin; row++) {",
        "for (let row = origin - past + 1; row <= origin; row++) {",
      ],
      "no scale of inputs": [
        "seenOf(known, row, origin, plan) / inputScale",
        "seenOf(known, row, origin, plan)",
      ],
      "no scale of outputs": [
        "outputs[i * ahead + step] * outputScale * trust",
        "outputs[i * ahead + step] * trust",
      ],
      "trust in all that a network says": ["* outputScale * trust", "* outputScale"],
      "forecasts of logarithms": ["isLog ? exp(value) : value", "value"],
      "sines without cosines": ["x[at++] = cosineOfTurns(turn);", "x[at++] = sineOfTurns(turn);"],
      "the season of the origin": ["values[row - season];", "values[origin - season];"],
    },
  },
  {
    file: "cli/forecaster.ts",
    tests: forecasts,
    changes: {
      "logarithms of anything": ["value > 0)", "true)"],
      "logarithms of nothing": ["if (canLog) chosen", "if (false) chosen"],
      "other columns are never tried": ["if (names.length > 0) chosen", "if (false) chosen"],
      "the worse candidate": [
        "other.error < one.error ? other : one",
        "other.error < one.error ? one : other",
      ],
      "the worst base": ["each.rmse < most.rmse ? each : most", "each.rmse > most.rmse ? each : most"],
      "too short a series": ["if (learning >= least) return { season, past };", "return { season, past };"],
      "no forecast of the last rows": ["span(choosing, rows - ahead);", "span(choosing, rows - ahead - 1);"],
    },
  },
  {
    file: "cli/text-windows.ts",
    tests: texts,
    changes: {
      "each pass has the same windows": ["seed + 1_000_003 * pass", "seed"],
      "the seed does nothing": ["randomNumbers(seed + 1_000_003 * pass)", "randomNumbers(1_000_003 * pass)"],
      "windows reach what is held out": [
        "Math.floor((border - 1 - shift) / window);",
        "Math.ceil((border - 1 - shift) / window);",
      ],
      "the last window is left out": [
        "Math.floor((border - 1 - shift) / window);",
        "Math.floor((border - 1 - shift) / window) - 1;",
      ],
      "rounds are alike": ["(round % rounds) * part", "0"],
      "small batches": ["if (starts.length < batchSize && at > 0) return;", ""],
      "every step counts": [".fill(1, window - half)", ".fill(1)"],
      "half a window is not scored": ["factor: window / half,", "factor: 1,"],
      "a guess that some characters are impossible": [
        "((counts.get(sign) ?? 0) + 1))",
        "((counts.get(sign) ?? 0) + 0))",
      ],
      "what is lacking stays": ["parts.filter((part) => !lacking.has(part))", "parts"],
      "unknown words are left out": [
        "lacking.size === 0 || vocabulary.unknown !== undefined",
        "lacking.size === 0",
      ],
    },
  },
  {
    file: "cli/text-file.ts",
    tests: texts,
    changes: {
      "a table of text is prose": ["|| isTable(text)) return false;", ") return false;"],
      "delimiters in quotes count": ['line.replace(/"[^"]*"/g, "")', "line"],
      "prose without letters": ["letters > MOSTLY * text.length", "true"],
      "one word is prose": ["/\\s/.test(text.trim()) && ", ""],
      "UTF-16 of one order": ['first === 0xfe && second === 0xff ? "utf-16be"', 'false ? "utf-16be"'],
      "ends of lines of old": ["/\\r\\n?/g", "/\\r\\n/g"],
    },
  },
  {
    file: "cli/data-kind.ts",
    tests: texts,
    changes: {
      "a target makes no table": ["target === undefined && isProse(path)", "isProse(path)"],
      "forecasts come after text": ['if (forecast !== undefined) return "series";', ""],
    },
  },
];

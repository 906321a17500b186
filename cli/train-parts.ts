import { statSync } from "node:fs";
import type { Backend } from "lanewise";
import { evaluateTable, trainTableParts } from "lanewise/table";
import { columnNamed, withColumnNames } from "./column-names.js";
import { UsageError } from "./command.js";
import { grouped } from "./figures.js";
import { findingsInOptions } from "./library-words.js";
import { tableParts, wholeTable } from "./table-file.js";
import { findingsText } from "./table-outcome.js";
import type { TableSettings } from "./table-settings.js";
import { importanceOf, judgingOptions, type Say, type Trained, targetIn } from "./table-training.js";
import { withProgress } from "./work-progress.js";

/** Bytes of a file that is not read whole, and of one that is packed: as text it is some times as large. */
const [LARGE, LARGE_PACKED] = [100e6, 20e6];

/** Whether a file is too large to read whole. */
export function isLarge(path: string): boolean {
  const size = path === "-" ? 0 : (statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  return size > (/\.(gz|parquet)$/i.test(path) ? LARGE_PACKED : LARGE);
}

/** Trains on a table that is read part by part, several times. */
export async function trainOnParts(
  backend: Backend,
  settings: TableSettings,
  say: Say,
  warn: Say,
): Promise<Trained> {
  const { data, reading, seed, recipe, classWeights, test } = settings;
  checkSettings(settings);
  const open = () => tableParts(data, reading);
  const parts = open();
  const { value: first } = await parts.next();
  await parts.return();
  if (!first) throw new Error(`${data}: expected rows after the header, got none`);
  const target = columnNamed(first, targetIn(first, settings.target), warn);
  const columns = withColumnNames(first, settings.columns, warn);
  const other = test === undefined ? undefined : await wholeTable(test, reading);
  say(`${data} is large: it is read part by part, again for each pass\n`);
  const trained = await withProgress("training", (onProgress) =>
    trainTableParts(backend, open, {
      ...columns,
      ...{ target, seed, recipe, onProgress },
      ...(classWeights && { classWeights }),
    }),
  );
  const findings = findingsInOptions(trained.report.findings);
  say(`${findingsText(findings)}\n`);
  const judging = judgingOptions(target, settings);
  const outcome = {
    ...{ target, findings, trained, validation: undefined, kept: undefined },
    tested:
      other && test !== undefined
        ? { path: test, evaluation: evaluateTable(trained.model, other, judging) }
        : undefined,
    importance: importanceOf(trained.model, other ?? first, judging, seed),
  };
  return { outcome, notes: [] };
}

/** Throws a UsageError for what needs the whole table. */
function checkSettings({ data, folds, validation, tune, from }: TableSettings): void {
  const given = { folds: folds || undefined, validation: validation || undefined, tune, from };
  const wrong = Object.entries(given).find(([, value]) => value !== undefined);
  if (wrong)
    throw new UsageError(
      `--${wrong[0]} needs the whole table in memory, and ${data} has ${grouped(statSync(data).size / 1e6)} MB; --test scores the model on another table`,
    );
}

import { classesSection } from "./classes.js";
import { columnsSection } from "./columns.js";
import { evidenceOf } from "./evidence.js";
import { frame } from "./frame.js";
import { html, named } from "./html.js";
import { importanceSection } from "./importance.js";
import type { ReportInput } from "./input.js";
import { learningSection } from "./learning.js";
import { scoresSection } from "./scores.js";
import { summarySection } from "./summary.js";
import { trainingSection } from "./training.js";
import { valuesSection } from "./values.js";

export type { ReportInput } from "./input.js";

/**
 * A page that says what a model predicts, how well, by what, and how it was trained: one HTML file with
 * pictures, without scripts and without requests. A function of its input.
 *
 * @example
 * await writeFile("out.html", reportPage({ title: "titanic.csv", trained: report, ...others }));
 */
export function reportPage(input: ReportInput): string {
  const { trained, validation, importance } = input;
  const target = trained.findings.target?.name ?? "";
  const evidence = evidenceOf(trained, validation, input.tested, input.kept);
  const [main] = evidence;
  const sections = [
    main && (["scores", "Scores", scoresSection(evidence, validation, named(target))] as const),
    main?.task === "classification" && (["classes", "Classes", classesSection(main)] as const),
    main?.task === "regression" && (["values", "Values", valuesSection(main, named(target))] as const),
    importance.length > 0 &&
      ([
        "importance",
        "Importance",
        importanceSection(importance, input.importanceOf, trained.task === "classification"),
      ] as const),
    trained.history.length > 0 && (["learning", "Learning", learningSection(trained)] as const),
    ["columns", "Columns", columnsSection(trained.findings)] as const,
    ["training", "Training", trainingSection(input)] as const,
  ].filter((section) => section !== undefined && section !== false);
  return frame({
    version: input.version,
    title: `Predicting ${target} from ${input.title}`,
    file: input.title,
    heading: html`Predicting ${named(target)}`,
    summary: summarySection(input, target, main),
    sections,
    footer: "The table never left the machine.",
  });
}

import { frame } from "./frame.js";
import { html, named } from "./html.js";
import { curvesSection } from "./sweep-curves.js";
import type { SweepInput } from "./sweep-input.js";
import { parallelSection } from "./sweep-parallel.js";
import { settingsSection, sweepSummary } from "./sweep-summary.js";
import { trialsSection } from "./sweep-trials.js";

export type { SweepInput } from "./sweep-input.js";

/**
 * A page that says what a sweep tried, which trial is the best, what the score depends on and how the best
 * ones learned: one HTML file with pictures, without scripts and without requests. A function of its input.
 */
export function sweepPage(input: SweepInput): string {
  const { spec, result, title, version } = input;
  const target = "target" in spec.data ? spec.data.target : "classes";
  const hasParameters = Object.keys(result.trials[0].parameters).length > 0;
  const sections = [
    ["trials", "Trials", trialsSection(result)] as const,
    ...(hasParameters && result.trials.length > 1
      ? [["parallel", "Values and scores", parallelSection(result)] as const]
      : []),
    ["learning", "Learning", curvesSection(result)] as const,
    ["settings", "How to repeat it", settingsSection(input)] as const,
  ];
  return frame({
    version,
    title: `Sweep ${title}`,
    file: title,
    heading: html`Searching a network for ${named(target)}`,
    summary: sweepSummary(input),
    sections,
    footer: "No data left the machines that computed it.",
  });
}

import { textTable } from "../../cli/text-table.js";
import type { Report } from "./report.js";

export const variants = ["scalar", "simd", "relaxed"] as const;

/**
 * A line a runtime; for each build the beginning of the hash of its weights, the accuracy on the test images,
 * and seconds.
 */
export function conformanceTable(reports: readonly Report[]): string {
  const rows = reports.map(({ runtime, builds }) => [
    runtime.name,
    runtime.version,
    ...variants.map((variant) => {
      const build = builds.find((build) => build.variant === variant);
      return build
        ? `${build.sha256.slice(0, 8)} ${build.accuracy.toFixed(4)} ${build.seconds.toFixed(3)} s`
        : "-";
    }),
  ]);
  return textTable([["runtime", "version", ...variants], ...rows], () => false);
}

/**
 * A line a small training: the beginning of the hash of its weights, or of each of its hashes, and how many
 * scalar and SIMD builds gave it.
 */
export function trainingsTable(reports: readonly Report[]): string {
  const all = reports
    .flatMap(({ builds }) => builds.filter(({ variant }) => variant !== "relaxed"))
    .map(({ trainings }) => trainings);
  const names = [...new Set(all.flatMap(Object.keys))];
  const rows = names.map((name) => {
    const hashes = new Set(all.map((trainings) => trainings[name]?.slice(0, 16) ?? "none"));
    return [name, [...hashes].join(" "), String(all.length)];
  });
  return textTable([["training", "SHA-256 of its weights", "builds"], ...rows], (column) => column === 2);
}

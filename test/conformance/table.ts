import { textTable } from "../../cli/text-table.js";
import { exactBuilds, type Report } from "./report.js";

export const variants = ["scalar", "simd", "relaxed"] as const;

/**
 * A line a runtime; for each build the beginning of the hash of its weights, the accuracy on the test images,
 * and seconds.
 */
export function conformanceTable(reports: readonly Report[]): string {
  const rows = reports.map(({ runtime, builds, threads }) => [
    runtime.name,
    runtime.version,
    ...variants.map((variant) => {
      const build = builds.find((build) => build.variant === variant);
      return build
        ? `${build.sha256.slice(0, 8)} ${build.accuracy.toFixed(4)} ${build.seconds.toFixed(3)} s`
        : "-";
    }),
    threadsCell(threads),
  ]);
  return textTable([["runtime", "version", ...variants, "threads"], ...rows], () => false);
}

/** The numbers of threads, and the beginning of each of the hashes of their weights: there is one. */
export function threadsCell({ builds }: Report["threads"]): string {
  const counts = new Set(builds.map(({ threads }) => threads));
  const hashes = new Set(builds.map(({ sha256 }) => sha256.slice(0, 8)));
  return builds.length > 0 ? `${[...counts].join(", ")}: ${[...hashes].join(" ")}` : "";
}

/**
 * A line a small training: the beginning of the hash of its weights, or of each of its hashes, and how many
 * scalar and SIMD builds gave it.
 */
export function trainingsTable(reports: readonly Report[]): string {
  const all = exactBuilds(reports).map(({ trainings }) => trainings);
  const names = [...new Set(all.flatMap(Object.keys))];
  const rows = names.map((name) => {
    const hashes = new Set(all.map((trainings) => trainings[name]?.slice(0, 16) ?? "none"));
    return [name, [...hashes].join(" "), String(all.length)];
  });
  return textTable([["training", "SHA-256 of its weights", "builds"], ...rows], (column) => column === 2);
}

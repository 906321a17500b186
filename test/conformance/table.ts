import { textTable } from "../../cli/table.js";
import type { Report } from "./report.js";

export const variants = ["scalar", "simd", "relaxed"] as const;

/** A line a runtime; for each build the beginning of the hash of its weights, the accuracy on the test images, and seconds. */
export function conformanceTable(reports: readonly Report[]): string {
  const rows = reports.map(({ runtime, builds }) => [
    runtime.name,
    runtime.version,
    ...variants.map((variant) => {
      const build = builds.find((build) => build.variant === variant);
      return build ? `${build.sha256.slice(0, 8)} ${build.accuracy.toFixed(4)} ${build.seconds.toFixed(3)} s` : "-";
    }),
  ]);
  return textTable([["runtime", "version", ...variants], ...rows], () => false);
}

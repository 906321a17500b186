import { text, wholeNumber } from "./options.js";

/** How many threads a backend has: a number, or one a core. */
export type ThreadCount = number | "auto";

/** The most that a backend has. */
const MOST = 32;

export const threadsOption = {
  type: "string",
  valueHint: "N",
  description: "threads that work, or auto for one a core; the results do not depend on it (auto)",
} as const;

/** The value of --threads. */
export function threadsFrom(value: unknown): ThreadCount {
  const given = text("threads", value) ?? "auto";
  return given === "auto" ? given : (wholeNumber("threads", given, 1, MOST) ?? "auto");
}

import { conform } from "./conformance/program.js";
import digits from "./digits.js";

export const run = async (lanewise, inference, table) => {
  const runtime = { name: "page", version: navigator.userAgent };
  const threads = crossOriginIsolated ? [1, 2, 3, 4, 7] : [];
  report(await conform(lanewise, { runtime, digits, inference, table, threads }));
};

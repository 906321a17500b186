import { conform } from "./conformance/program.js";
import digits from "./digits.js";

export const run = async (lanewise, inference) =>
  report(
    await conform(lanewise, { runtime: { name: "page", version: navigator.userAgent }, digits, inference }),
  );

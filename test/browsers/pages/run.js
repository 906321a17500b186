import { conform } from "./conformance/program.js";
import digits from "./digits.js";

export const run = async (lanewise, inference, table) => {
  const runtime = { name: "page", version: navigator.userAgent };
  report(await conform(lanewise, { runtime, digits, inference, table }));
};

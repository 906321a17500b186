import { multiply } from "../multiply.js";

export const dynamic = "force-dynamic";
// With Turbopack the build is imported as a module; webpack imports such files for the edge alone.
export const GET = async () =>
  multiply(process.env.TURBOPACK ? (await import("lanewise/simd.wasm?module")).default : undefined);

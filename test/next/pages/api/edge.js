import wasm from "lanewise/simd.wasm?module";
import { multiply } from "../../app/multiply.js";

export const config = { runtime: "edge" };

export default () => multiply(wasm);

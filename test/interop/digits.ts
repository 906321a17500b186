import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { loadDigits, type Split, splitIntoFolds } from "../../examples/digits/images.js";

/** Where judges put the files that they hand to others. */
export const FOLDER = "out/interop";

/** The file of the digits model, trained by `npm start -- --save`. */
export function digitsFile(): Uint8Array<ArrayBuffer> {
  const path = `${FOLDER}/digits.safetensors`;
  if (!trained) {
    mkdirSync(FOLDER, { recursive: true });
    rmSync(path, { force: true });
    const { stderr } = spawnSync(process.execPath, ["node_modules/tsx/dist/cli.mjs", "examples/digits/main.ts", "--save", path], { encoding: "utf8" });
    if (!existsSync(path)) throw new Error(`the digits model was not trained: ${stderr}`);
    trained = true;
  }
  return readFileSync(path);
}

let trained = false;

/** The images that it was trained on, and the others. */
export const digits = (): Split => splitIntoFolds(loadDigits(), 5, 1)[0];

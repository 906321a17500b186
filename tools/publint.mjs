// npm run lint:package: what publint says of the package. It takes the query of "./dist/simd.wasm?module" for a
// part of the file's name; bundlers and Node do not, and Turbopack needs it there.
import { existsSync, readFileSync } from "node:fs";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

const pkg = JSON.parse(readFileSync("package.json", "utf8"));
const { messages } = await publint({ strict: true });
const isThere = ({ code, path }) => {
  if (code !== "FILE_DOES_NOT_EXIST") return false;
  const file = path.reduce((value, key) => value[key], pkg);
  return file.endsWith("?module") && existsSync(file.replace("?module", ""));
};
for (const message of messages.filter((message) => !isThere(message))) {
  console.error(formatMessage(message, pkg));
  process.exitCode = 1;
}

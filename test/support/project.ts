import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Makes an empty folder and installs the package in it, packed as it is published and with nothing else.
 * The package must have been built. `settings` go into the package.json of the folder.
 */
export function makeProject(folder: string, settings: object = {}): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const npm = (cwd: string, ...words: string[]) =>
    execFileSync("npm", words, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const [{ filename }] = JSON.parse(
    npm(root, "pack", "--json", "--ignore-scripts", "--pack-destination", folder),
  );
  writeFileSync(`${folder}/package.json`, JSON.stringify({ private: true, ...settings }));
  npm(folder, "install", "--offline", `./${filename}`);
}

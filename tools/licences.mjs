import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";

/**
 * The licences of all packages that esbuild put into bundles, as its metafiles tell, each with the files that
 * include it.
 */
export function licences(metafiles) {
  const users = new Map();
  for (const { outputs } of metafiles) {
    for (const [output, { inputs }] of Object.entries(outputs)) {
      for (const folder of new Set(Object.keys(inputs).map(folderOf))) {
        if (folder) users.set(folder, [...(users.get(folder) ?? []), `dist/${basename(output)}`]);
      }
    }
  }
  return [...users].map(([folder, outputs]) => licence(folder, outputs)).join(`\n\n${"-".repeat(80)}\n\n`);
}

/** node_modules/name or node_modules/@scope/name, the innermost; undefined for a file of our own. */
function folderOf(path) {
  return path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0];
}

function licence(folder, outputs) {
  const { name, version, license, author } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const by = typeof author === "string" ? author : author?.name;
  return `${name} ${version} (${license})${by ? `, ${by}` : ""}, is in ${outputs.join(" and ")}\n\n${licenceText(name, folder)}\n`;
}

function licenceText(name, folder) {
  const file = readdirSync(folder).find((entry) => /^licen[sc]e/i.test(entry));
  // A package that comes without the text of its licence has it here.
  const text = file ? `${folder}/${file}` : `tools/licence-texts/${name}.txt`;
  if (!existsSync(text))
    throw new Error(`${name}: expected a licence file in ${folder} or ${text}, found none`);
  // A package that has code of others in it has their licences beside its own, or they are here.
  const others = existsSync(`${folder}/licenses`) ? readdirSync(`${folder}/licenses`) : [];
  const within = [
    `${folder}/NOTICE`,
    ...others.map((file) => `${folder}/licenses/${file}`),
    `${folder}/dist/THIRD-PARTY-LICENSES.md`,
    `tools/licence-texts/within/${name}.txt`,
  ].filter(existsSync);
  return [text, ...within].map((path) => readFileSync(path, "utf8").trim()).join("\n\n");
}

import { spawnSync } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommand } from "../../cli/command.js";
import { guides, programsOf } from "../support/documents.js";
import { makeProject } from "../support/project.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const compilers = ["typescript-5.9", "typescript-6.0"];
/** What TypeScript knows of the platform: by its own libraries, and by packages. */
const platforms = [
  { name: "DOM and Node", lib: ["ES2022", "DOM"], types: ["node"] },
  { name: "DOM", lib: ["ES2022", "DOM"], types: [] },
  { name: "Node", lib: ["ES2022"], types: ["node"] },
  { name: "neither", lib: ["ES2022"], types: [] },
];

await runCommand({
  name: "npm run test:types --",
  description:
    "Compiles the programs of the README and the guides, and one with every entry, against the packed package.",
  options: {},
  async run() {
    const project = join(root, "out/types");
    makeProject(project);
    const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
    for (const file of ["program.ts", "platform.d.ts", "worker.d.ts"])
      cpSync(here(file), join(project, file));
    // A program without types in comments is also compiled as TypeScript.
    const programs = guides.flatMap(programsOf).flatMap(({ name, kind, text }) =>
      (text.includes("/** @") || text.includes(" * @") ? ["mjs"] : ["mjs", "mts"]).map((extension) => {
        const file = `${name}-${extension}.${extension}`;
        writeFileSync(join(project, file), text);
        // Both the web and Node have it.
        const needsEither = /\b(atob|new AbortController)\(/.test(text);
        return { file, isWorker: kind !== "js", needsNode: text.includes('"node:'), needsEither };
      }),
    );

    const failures: string[] = [];
    for (const compiler of compilers) {
      for (const { name, lib, types } of platforms) {
        const hasDom = lib.includes("DOM");
        const hasNode = types.includes("node");
        const files = programs
          .filter(
            ({ isWorker, needsNode, needsEither }) =>
              (hasDom || !isWorker) && (hasNode || !needsNode) && (hasDom || hasNode || !needsEither),
          )
          .map(({ file }) => file);
        if (hasDom) files.push("program.ts", "worker.d.ts");
        else if (!hasNode) files.push("platform.d.ts");
        writeFileSync(
          join(project, "tsconfig.json"),
          JSON.stringify({
            compilerOptions: {
              target: "ES2022",
              module: "NodeNext",
              lib,
              types,
              typeRoots: [here("node_modules/@types")],
              strict: true,
              allowJs: true,
              checkJs: true,
              exactOptionalPropertyTypes: true,
              skipLibCheck: false,
              noEmit: true,
            },
            files,
          }),
        );
        const { stdout, status } = spawnSync(
          process.execPath,
          [here(`node_modules/${compiler}/bin/tsc`), "-p", project],
          { cwd: project, encoding: "utf8" },
        );
        console.log(
          `${compiler}, types of ${name}: ${files.length} files, ${status === 0 ? "no error" : "errors"}`,
        );
        if (status !== 0) failures.push(`${compiler}, types of ${name}:\n${stdout}`);
      }
    }
    if (failures.length > 0) throw new Error(failures.join("\n"));
  },
});

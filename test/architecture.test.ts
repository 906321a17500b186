import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/**
 * Imports in src/ run one way: no file imports itself through others, and each folder imports only those
 * below it. Imports of types count.
 */

const root = fileURLToPath(new URL("../src", import.meta.url));

/**
 * From the lowest to the highest. Folders by name; src/index.ts is the face that interop/ is written against,
 * src/table.ts the one that has the class of a table.
 */
const floors = [
  "core",
  "threads",
  "encoding",
  "graph",
  "ops",
  "matrix",
  "builds",
  "layers",
  "network",
  "losses",
  "optimizers",
  "metrics",
  "data",
  "training",
  "files",
  "model",
  "index.ts",
  "interop",
  "table",
  "table.ts",
  "text",
  "rows",
  "node",
  "distributed",
  "entries",
];

const paths = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
  (path) => path.endsWith(".ts") && !path.endsWith(".d.ts"),
);
const imports = new Map(
  paths.map((path) => [
    path,
    [...readFileSync(join(root, path), "utf8").matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)]
      .map(([, specifier]) => normalize(join(dirname(path), specifier)).replace(/\.js$/, ".ts"))
      .filter((to) => paths.includes(to)),
  ]),
);

const floorOf = (path: string): string =>
  path === "index.ts" || path === "table.ts" ? path : path.includes("/") ? path.split("/")[0] : "entries";

/** The files on a way from `path` back to itself, if there is one. */
function circleOf(path: string): readonly string[] | undefined {
  const ways = new Map<string, readonly string[]>([[path, [path]]]);
  for (const [from, way] of ways)
    for (const to of imports.get(from) ?? []) {
      if (to === path) return [...way, path];
      if (!ways.has(to)) ways.set(to, [...way, to]);
    }
  return undefined;
}

describe("imports in src/", () => {
  it("are found", () => {
    expect(paths.length).toBeGreaterThan(100);
    expect(imports.get("ops/add.ts")).toContain("graph/graph.ts");
    expect([...new Set(paths.map(floorOf))].filter((floor) => !floors.includes(floor))).toEqual([]);
  });

  it("never come back to the same file", () => {
    expect(paths.flatMap((path) => circleOf(path)?.join(" > ") ?? [])).toEqual([]);
  });

  it("go to the same folder or to one below", () => {
    const level = (path: string): number => floors.indexOf(floorOf(path));
    const up = [...imports].flatMap(([from, targets]) =>
      targets.filter((to) => level(to) > level(from)).map((to) => `${from} > ${to}`),
    );
    expect(up).toEqual([]);
  });
});

it("the library declares nothing with `using`, which needs a Symbol.dispose that not every engine has", () => {
  const withUsing = paths.filter((path) =>
    /^\s*(await )?using \w+ =/m.test(readFileSync(join(root, path), "utf8").replace(/^\s*\*.*$/gm, "")),
  );
  expect(withUsing).toEqual([]);
});

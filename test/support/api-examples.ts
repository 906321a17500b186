import { fileURLToPath } from "node:url";
import ts from "typescript";

/** The examples in the docstrings of the public API, found by the TypeScript compiler. */

const root = fileURLToPath(new URL("../../", import.meta.url));
const source = (name: string): string => `${root}src/${name}.ts`;

/** The entries of the package, as they are imported, and the files that they are. */
const entries: Readonly<Record<string, string>> = {
  lanewise: source("index"),
  "lanewise/inference": source("inference"),
  "lanewise/table": source("table"),
  "lanewise/text": source("text"),
  "lanewise/node": source("node"),
  "lanewise/onnx": source("onnx"),
  "lanewise/tfjs": source("tfjs"),
  "lanewise/brain": source("brain"),
  "lanewise/distributed": source("distributed"),
  "lanewise/scalar": source("builds/scalar"),
  "lanewise/relaxed": source("builds/relaxed"),
  "lanewise/inference-scalar": source("builds/inference-scalar"),
};

/** What of Node an example may use without importing it. */
const ofNode: Readonly<Record<string, string>> = {
  createReadStream: "node:fs",
  readFileSync: "node:fs",
  writeFileSync: "node:fs",
  readFile: "node:fs/promises",
  writeFile: "node:fs/promises",
};

/** The Redis of examples. */
export const REDIS = "redis://127.0.0.1:6379";

export interface ApiExample {
  /** Such as "lanewise: dense" or "lanewise: Model.forInference". */
  readonly symbol: string;
  /** Unique among all examples, and fit for the name of a file. */
  readonly name: string;
  /** As it stands in the docstring. */
  readonly text: string;
  /** Whether it needs a Redis: `npm run test:distributed` runs it, on one of its own. */
  readonly needsRedis: boolean;
  /** With the imports of what it names, and the backend. */
  readonly program: string;
}

const program = ts.createProgram(Object.values(entries), {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: [],
});
const checker = program.getTypeChecker();

/** What an entry exports, by its name there, and whether as a type alone. */
interface Exported {
  readonly symbol: ts.Symbol;
  readonly isType: boolean;
}
function exportsOf(file: string): ReadonlyMap<string, Exported> {
  const module = checker.getSymbolAtLocation(program.getSourceFile(file) as ts.SourceFile);
  if (!module) throw new Error(`${file}: expected a module`);
  return new Map(checker.getExportsOfModule(module).map((named) => [named.name, exportedAs(named)]));
}

function exportedAs(named: ts.Symbol): Exported {
  const symbol = named.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(named) : named;
  const asType = named.declarations?.some(ts.isTypeOnlyImportOrExportDeclaration) ?? false;
  return { symbol, isType: asType || (symbol.flags & ts.SymbolFlags.Value) === 0 };
}

const exported = new Map(Object.entries(entries).map(([entry, file]) => [entry, exportsOf(file)]));

const textsOf = (symbol: ts.Symbol): string[] =>
  symbol
    .getJsDocTags(checker)
    .filter(({ name }) => name === "example")
    .map(({ text }) => ts.displayPartsToString(text).trim());

/** The names that a program uses and does not declare. */
function freeNames(text: string): Set<string> {
  const file = ts.createSourceFile("example.ts", text, ts.ScriptTarget.ES2022, true);
  const used = new Set<string>();
  const declared = new Set<string>();
  const look = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const { parent } = node;
      const isMember =
        (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
        (ts.isPropertyAssignment(parent) && parent.name === node);
      const isDeclared =
        (ts.isVariableDeclaration(parent) || ts.isBindingElement(parent) || ts.isImportSpecifier(parent)) &&
        parent.name === node;
      if (isDeclared) declared.add(node.text);
      else if (!isMember) used.add(node.text);
    }
    ts.forEachChild(node, look);
  };
  look(file);
  return new Set([...used].filter((name) => !declared.has(name)));
}

/** The program that an example of an entry stands for: it takes names from that entry first. */
function programOf(entry: string, text: string): string {
  const names = freeNames(text);
  const needsBackend = names.has("backend");
  if (needsBackend) names.add("createBackend");
  const imports = [...names].flatMap((name) => {
    const module =
      [entry, ...exported.keys()].find((other) => exported.get(other)?.has(name)) ?? ofNode[name];
    const type = exported.get(module)?.get(name)?.isType ? "type " : "";
    return module ? [`import { ${type}${name} } from "${module}";`] : [];
  });
  const backend = needsBackend ? "const backend = await createBackend();\n" : "";
  return `${imports.join("\n")}\n${backend}${text}\nexport {};\n`;
}

/** Symbols of an entry that no other entry before it has. */
const own = [...exported].map(([entry, symbols], i) => {
  const before = [...exported.values()].slice(0, i).flatMap((others) => [...others.values()]);
  const isNew = ({ symbol }: Exported) => before.every((other) => other.symbol !== symbol);
  return [entry, [...symbols].filter(([, other]) => isNew(other))] as const;
});

/** Functions, classes and constants without an example. */
export const withoutExample: readonly string[] = own.flatMap(([entry, symbols]) =>
  symbols
    .filter(([, { symbol, isType }]) => !isType && textsOf(symbol).length === 0)
    .map(([name]) => `${entry}: ${name}`),
);

export const apiExamples: readonly ApiExample[] = own.flatMap(([entry, symbols]) =>
  symbols
    .flatMap(([name, { symbol }]) => [
      [name, symbol] as const,
      ...[...(symbol.members ?? [])].map(([member, of]) => [`${name}.${member}`, of] as const),
    ])
    .flatMap(([name, symbol]) =>
      textsOf(symbol).map((text, i) => ({
        symbol: `${entry}: ${name}`,
        name: `${entry}-${name}-${i + 1}`.replaceAll(/\W+/g, "-"),
        text,
        needsRedis: text.includes(REDIS),
        program: programOf(entry, text),
      })),
    ),
);

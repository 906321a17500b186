// Which properties may be called anything in the bundle.
import ts from "typescript";

/**
 * A pattern of the names in src/ that only the library's own classes and interfaces have. Nothing that the
 * declarations in `entries` lead to is called so, no string, no export of the builds and nothing of the
 * platform. esbuild gives those shorter ones, the same in each bundle.
 */
export function privateNames(entries, kernels) {
  const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
  const { fileNames: all, options } = ts.parseJsonConfigFileContent(config, ts.sys, ".");
  // What reads and writes ONNX takes the library as its users do: none of its names is one of the library's.
  const fileNames = all.filter((name) => !/\bonnx\b/.test(name));
  // A host may be Node: what its modules have is named by the platform too.
  const program = ts.createProgram(fileNames, { ...options, types: ["node"] });
  const checker = program.getTypeChecker();
  const own = new Set();
  const taken = new Set([...publicNames(entries, options), ...kernels]);
  for (const file of program.getSourceFiles()) {
    const ours = !file.fileName.includes("node_modules");
    const visit = (node) => {
      if (ours && ts.isStringLiteralLike(node)) taken.add(node.text);
      const { name } = node;
      // Whatever has a name on the platform may be a property: functions of WebAssembly are.
      if (name && ts.isIdentifier(name) && (!ours || isMember(node))) {
        if (!ours || mayTravel(node, checker)) taken.add(name.text);
        else if (!ts.isObjectLiteralElement(node) || ts.isClassElement(node)) own.add(name.text);
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return new RegExp(`^(${[...own].filter((name) => name.length > 2 && !taken.has(name)).join("|")})$`);
}

/** Also a parameter of a constructor that is a field. */
const isMember = (node) =>
  ts.isClassElement(node) ||
  ts.isTypeElement(node) ||
  ts.isObjectLiteralElement(node) ||
  (ts.isParameter(node) && ts.getModifiers(node)?.length > 0);

/**
 * Whether the property may be one of data, which is written to a file or read from one: not a function, nor
 * in a class.
 */
const mayTravel = (node, checker) =>
  !ts.isClassLike(node.parent) &&
  !ts.isParameter(node) &&
  checker.getTypeAtLocation(node).getNonNullableType().getCallSignatures().length === 0;

/** The names of all members that a user of these declarations can come by. */
function publicNames(entries, options) {
  const program = ts.createProgram(entries, { ...options, rootDir: undefined });
  const checker = program.getTypeChecker();
  const names = new Set();
  const visited = new Set();
  const follow = (symbol) => {
    const { declarations = [] } =
      symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    declarations.filter((node) => !program.isSourceFileDefaultLibrary(node.getSourceFile())).forEach(visit);
  };
  const visit = (node) => {
    if (
      visited.has(node) ||
      ts.getCombinedModifierFlags(node) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)
    )
      return;
    visited.add(node);
    if (isMember(node) && ts.isIdentifier(node.name ?? node)) names.add(node.name.text);
    const symbol = ts.isIdentifier(node) && checker.getSymbolAtLocation(node);
    if (symbol) follow(symbol);
    ts.forEachChild(node, visit);
  };
  for (const entry of entries)
    checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry))).forEach(follow);
  return names;
}

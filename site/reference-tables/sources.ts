import { fileURLToPath } from "node:url";
import ts from "typescript";

/** A function, an option or a member of an object, as its docstring describes it. */
export interface Documented {
  readonly name: string;
  /** The docstring in sentences. */
  readonly sentences: readonly string[];
  readonly optional: boolean;
  /** Names of the parameters of a function; of a member, those of its options. None: not a function. */
  readonly parameters?: readonly string[];
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The modules whose names programs import. */
const ENTRIES = ["index", "table", "node"];

/** The declarations of src/, to look up by name. */
export class Sources {
  private readonly checker: ts.TypeChecker;
  private readonly declarations = new Map<string, ts.Declaration>();

  constructor() {
    const file = `${root}tsconfig.json`;
    const { config } = ts.readConfigFile(file, ts.sys.readFile);
    const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
    const program = ts.createProgram(
      fileNames.filter((name) => name.includes("/src/")),
      options,
    );
    this.checker = program.getTypeChecker();
    for (const entry of ENTRIES) this.noteExports(program.getSourceFile(`${root}src/${entry}.ts`));
    // Interfaces that those extend.
    for (const source of program.getSourceFiles().filter(({ isDeclarationFile }) => !isDeclarationFile))
      for (const statement of source.statements)
        if (ts.isInterfaceDeclaration(statement)) this.note(statement.name.text, statement);
  }

  private noteExports(source: ts.SourceFile | undefined): void {
    const module = source && this.checker.getSymbolAtLocation(source);
    if (!module) throw new Error(`reference tables: expected the modules ${ENTRIES.join(", ")} in src/`);
    for (const symbol of this.checker.getExportsOfModule(module)) {
      const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
      // Of an overloaded function the first declaration has the docstring.
      const [declaration] = (isAlias ? this.checker.getAliasedSymbol(symbol) : symbol).declarations ?? [];
      if (declaration) this.note(symbol.name, declaration);
    }
  }

  private note(name: string, declaration: ts.Declaration): void {
    if (!this.declarations.has(name)) this.declarations.set(name, declaration);
  }

  private declaration(name: string): ts.Declaration {
    const declaration = this.declarations.get(name);
    if (!declaration)
      throw new Error(`reference tables: expected ${name} to be declared in src/, got nothing`);
    return declaration;
  }

  /** What a function, an interface or an object is called and for. */
  documented(name: string): Documented {
    const declaration = this.declaration(name);
    const symbol = this.checker.getSymbolAtLocation((declaration as ts.NamedDeclaration).name as ts.Node);
    if (!symbol) throw new Error(`reference tables: expected a symbol for ${name}, got none`);
    if (!ts.isFunctionDeclaration(declaration)) return this.describe(symbol);
    const parameters = declaration.parameters.map(
      ({ name, dotDotDotToken }) => `${dotDotDotToken ? "..." : ""}${name.getText()}`,
    );
    return { ...this.describe(symbol), parameters };
  }

  /** The options that an interface declares itself, in their order. */
  options(name: string): Documented[] {
    const declaration = this.declaration(name);
    if (!ts.isInterfaceDeclaration(declaration))
      throw new Error(`reference tables: expected ${name} to be an interface`);
    return declaration.members.flatMap((member) => {
      const symbol = member.name && this.checker.getSymbolAtLocation(member.name);
      return symbol ? [this.describe(symbol)] : [];
    });
  }

  /** The members of an object of functions, such as `losses`. Options of every one of them are left out. */
  members(name: string, ofAll: readonly string[]): Documented[] {
    const declaration = this.declaration(name);
    const common = new Set(ofAll.flatMap((base) => this.options(base).map((option) => option.name)));
    const type = this.checker.getTypeAtLocation(declaration);
    return type.getProperties().map((symbol) => {
      const [signature] = this.checker.getTypeOfSymbol(symbol).getCallSignatures();
      const options = signature?.getParameters()[0];
      const names = options
        ? this.checker
            .getNonNullableType(this.checker.getTypeOfSymbol(options))
            .getProperties()
            .map((option) => option.name)
        : [];
      return { ...this.describe(symbol), parameters: names.filter((option) => !common.has(option)) };
    });
  }

  /** The names that a type stands for. */
  names(name: string): string[] {
    const type = this.checker.getTypeAtLocation(this.declaration(name));
    const types = type.isUnion() ? type.types : [type];
    return types.map((each) => {
      if (!each.isStringLiteral())
        throw new Error(
          `reference tables: expected ${name} to be names, got ${this.checker.typeToString(each)}`,
        );
      return each.value;
    });
  }

  private describe(symbol: ts.Symbol): Documented {
    const text = ts.displayPartsToString(symbol.getDocumentationComment(this.checker));
    const optional = (symbol.flags & ts.SymbolFlags.Optional) !== 0;
    return { name: symbol.name, sentences: sentencesOf(text), optional };
  }
}

/** The sentences of the first paragraph. */
function sentencesOf(text: string): string[] {
  const [paragraph] = text.split("\n\n");
  return paragraph
    .replaceAll(/\{@link (\w+)\}/g, "$1")
    .replaceAll(/\s+/g, " ")
    .trim()
    .split(/(?<=[.?!]) (?=[A-Z`"|-])/)
    .filter((sentence) => sentence !== "");
}

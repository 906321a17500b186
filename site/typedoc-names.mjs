import { Converter, LiteralType, ReflectionKind, UnionType } from "typedoc";

/** Has the reference spell out types such as `keyof typeof kinds`: a reader looks for the names themselves. */
export function load({ converter }) {
  converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    const checker = context.programs[0].getTypeChecker();
    for (const alias of context.project.getReflectionsByKind(ReflectionKind.TypeAlias)) {
      const symbol = context.getSymbolFromReflection(alias);
      const type = symbol && checker.getDeclaredTypeOfSymbol(symbol);
      const members = type?.isUnion() ? type.types : type ? [type] : [];
      if (members.length > 0 && members.every((member) => member.isStringLiteral()))
        alias.type = new UnionType(members.map(({ value }) => new LiteralType(value)));
    }
  });
}

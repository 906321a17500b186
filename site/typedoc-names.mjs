import { Converter, LiteralType, ReflectionKind, RendererEvent, UnionType } from "typedoc";
import { addTopics, TopicRouter } from "./typedoc-topics.mjs";
import { gatherTypes } from "./typedoc-types.mjs";

/** Has the reference name things as a reader looks for them. */
export function load({ converter, renderer }) {
  renderer.defineRouter("topic", TopicRouter);
  converter.on(Converter.EVENT_RESOLVE_BEGIN, spellOut);
  // After typedoc has made categories of its own.
  converter.on(Converter.EVENT_RESOLVE_END, addTopics, -1e9);
  renderer.on(RendererEvent.END, ({ outputDirectory }) => gatherTypes(outputDirectory), -1e9);
}

/** Replaces types such as `keyof typeof kinds` by the names that they stand for. */
function spellOut(context) {
  const checker = context.programs[0].getTypeChecker();
  for (const alias of context.project.getReflectionsByKind(ReflectionKind.TypeAlias)) {
    const symbol = context.getSymbolFromReflection(alias);
    const type = symbol && checker.getDeclaredTypeOfSymbol(symbol);
    const members = type?.isUnion() ? type.types : type ? [type] : [];
    if (members.length > 0 && members.every((member) => member.isStringLiteral()))
      alias.type = new UnionType(members.map(({ value }) => new LiteralType(value)));
  }
}

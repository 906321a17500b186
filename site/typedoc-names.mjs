import { Converter, LiteralType, ReflectionFlag, ReflectionKind, UnionType } from "typedoc";
import { MarkdownPageEvent } from "typedoc-plugin-markdown";
import { divideByTopic, entryOf, gatherTypes, orderPages, TopicRouter } from "./typedoc-topics.mjs";

/** Has the reference name things as a reader looks for them. */
export function load({ converter, renderer }) {
  renderer.defineRouter("topic", TopicRouter);
  converter.on(Converter.EVENT_RESOLVE_BEGIN, spellOut);
  converter.on(Converter.EVENT_RESOLVE_BEGIN, gettersAreProperties);
  converter.on(Converter.EVENT_RESOLVE_BEGIN, divideByTopic, -1e9);
  // After typedoc has made groups of its own.
  converter.on(Converter.EVENT_RESOLVE_END, leaveOutInherited, -1e9);
  converter.on(Converter.EVENT_RESOLVE_END, gatherTypes, -1e9);
  converter.on(Converter.EVENT_RESOLVE_END, orderPages, -1e9);
  renderer.on(MarkdownPageEvent.END, tidy);
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

/** Shows getters without setters in the table of properties: they are read in the same way. */
function gettersAreProperties({ project }) {
  for (const accessor of project.getReflectionsByKind(ReflectionKind.Accessor)) {
    const { getSignature, setSignature } = accessor;
    if (!getSignature || setSignature) continue;
    accessor.kind = ReflectionKind.Property;
    accessor.type = getSignature.type;
    accessor.comment = getSignature.comment;
    accessor.setFlag(ReflectionFlag.Readonly);
    project.removeReflection(getSignature);
  }
}

/** Leaves out of a class what one that it extends has, where both are of one entry. */
function leaveOutInherited({ project }) {
  const classes = project.getReflectionsByKind(ReflectionKind.Class);
  for (const member of classes.flatMap(({ children = [] }) => [...children])) {
    const origin = member.inheritedFrom?.reflection;
    if (!origin || entryOf(origin) !== entryOf(member)) continue;
    const owner = member.parent;
    project.removeReflection(member);
    for (const group of owner.groups ?? [])
      group.children = group.children.filter((other) => other !== member);
    owner.groups = owner.groups?.filter(({ children }) => children.length > 0);
  }
}

/** What stands before each example, and is not repeated there. */
const EXAMPLES = `
## Examples

An example is a program once it imports what it names and has a backend:

\`\`\`js
import { createBackend, dense, Sequential } from "lanewise";

const backend = await createBackend();
\`\`\`

Names come from the entry of the page, or else from \`lanewise\`. \`readFile\` and \`writeFile\` come from
\`node:fs/promises\`, and their synchronous forms and streams from \`node:fs\`. Every example runs as a test.
`;

/**
 * Drops where a member comes from, which is of no use to who calls it. The title is the top of the page, as it
 * may have the name of a symbol.
 */
function tidy(page) {
  const isIndex = page.model.isProject();
  const contents = page.contents
    ?.replace(/^#+ (?:Inherited from|Implementation of|Overrides)\n\n.+\n\n?/gm, "")
    .replace(/^# .*$/m, "$& {#top}")
    // What each symbol has, such as parameters, are labels: as headings there would be a thousand of them.
    .replace(/^#{4,6} (?:Constructors|Methods|Accessors)\n\n/gm, "")
    .replace(/^#{4,6} ([^{\n]*)$/gm, "**$1**")
    .replace(/^#{5,6} /gm, "#### ")
    .replaceAll("| Module | Description |", "| Page | What it has |");
  page.contents = isIndex ? contents + EXAMPLES : contents;
}

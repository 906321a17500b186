import type { MarkdownOptions } from "vitepress";

type Transformer = NonNullable<MarkdownOptions["codeTransformers"]>[number];

/**
 * The colours of code, light and dark. theme/code.css has a class for each, by its place here, and the first
 * for the block.
 */
export const tokenStyles: readonly string[] = [
  "--shiki-light:#0E1116;--shiki-dark:#F0F3F6",
  "--shiki-light:#A0111F;--shiki-dark:#FF9492",
  "--shiki-light:#023B95;--shiki-dark:#91CBFF",
  "--shiki-light:#622CBC;--shiki-dark:#DBB7FF",
  "--shiki-light:#702C00;--shiki-dark:#FFB757",
  "--shiki-light:#032563;--shiki-dark:#ADDCFF",
  "--shiki-light:#66707B;--shiki-dark:#BDC4CC",
  "--shiki-light:#024C1A;--shiki-dark:#72F088",
];

/**
 * Writes colours of code as classes: as styles of each word they were a ninth of the site. Words of the first
 * have that of the block, and need no element. The block needs no names of its colours.
 */
export const tokenClasses: Transformer = {
  name: "token-classes",
  span(word) {
    const place = tokenStyles.indexOf(String(word.properties.style ?? "").replace(/;$/, ""));
    if (place < 0) return;
    word.properties.style = undefined;
    this.addClassToHast(word, `t${place}`);
  },
  line(line) {
    line.children = line.children.flatMap((word) =>
      word.type === "element" && String(word.properties.class) === "t0" ? word.children : [word],
    );
  },
  pre(block) {
    block.properties.class = "vp-code";
  },
};

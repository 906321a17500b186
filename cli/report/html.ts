/** Text that is HTML already. */
export class Html {
  constructor(readonly text: string) {}
}

/** What a template takes: strings and numbers are data and are escaped; undefined and false are nothing. */
export type Content = Html | string | number | undefined | false | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A template of HTML in which every value is escaped, so that data cannot become markup. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(String.raw({ raw: strings }, ...values.map(textOf)));
}

/** A name that comes from the data: in a direction of its own, so that it cannot turn the text around it. */
export const named = (name: string): Html => html`<bdi>${name}</bdi>`;

function textOf(content: Content): string {
  if (content === undefined || content === false) return "";
  if (content instanceof Html) return content.text;
  if (Array.isArray(content)) return content.map(textOf).join("");
  return String(content).replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

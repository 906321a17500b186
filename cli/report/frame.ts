import { type Content, type Html, html, named } from "./html.js";
import { style } from "./style.js";

/** What a page is made of. */
export interface Frame {
  /** The version of lanewise. */
  readonly version: string;
  readonly title: string;
  /** The name of the file that the page is about. */
  readonly file: string;
  readonly heading: Content;
  readonly summary: Html;
  readonly sections: readonly (readonly [id: string, name: string, section: Html])[];
  readonly footer: string;
}

/** One HTML file without scripts and without requests. */
export function frame({ version, title, file, heading, summary, sections, footer }: Frame): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="lanewise ${version}">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<header>
<p class="file">${named(file)}</p>
<h1>${heading}</h1>
<nav aria-label="Sections"><ul>${sections.map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
</header>
<main>
${summary}
${sections.map(([, , section]) => section)}
</main>
<footer><p>Made by lanewise ${version}. ${footer}</p></footer>
</body>
</html>
`.text;
}

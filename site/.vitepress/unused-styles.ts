import type { Plugin } from "vitepress";

/** Classes of parts of the theme that a site may have: sponsors, teams, boxes in a text, numbers of lines. */
const OPTIONAL =
  /^(DocSearch-|vp-sponsor|VPTeam|VPHomeSponsors|VPDocAsideSponsors|custom-block|line-numbers|has-focused)/;

/** A rule without rules in it: its selectors, and what it says. */
const RULE = /([^{}]+)\{([^{}]*)\}/g;
const CLASS = /\.([A-Za-z][\w-]*)/g;

/** A variable of the theme that is set, at the end of a rule or before others. */
const SET = /(--(?:vp|docsearch)-[\w-]+):(?:"[^"]*"|'[^']*'|[^;{}"'])*;?/g;

/**
 * Removes rules whose optional classes occur in no script. Style sheets must have no braces in strings.
 */
export function withoutUnused(styles: string, scripts: string): string {
  const isUnused = (selector: string) =>
    [...selector.matchAll(CLASS)].some(([, name]) => OPTIONAL.test(name) && !scripts.includes(name));
  return styles.replace(RULE, (rule, selectors: string, body: string) => {
    const all = selectors.split(",");
    const kept = all.filter((selector) => !isUnused(selector));
    if (kept.length === all.length) return rule;
    return kept.length === 0 ? "" : `${kept.join(",")}{${body}}`;
  });
}

/** Removes variables of the theme that nothing reads, and those that only removed variables read. */
export function withoutUnread(styles: string, scripts: string): string {
  const read = new Set(styles.match(/(?<=var\(\s*)--[\w-]+/g));
  const less = styles.replace(SET, (set, name: string) =>
    read.has(name) || scripts.includes(name) ? set : "",
  );
  return less === styles ? styles : withoutUnread(less, scripts);
}

/** Every page of the site has the one file of all styles. */
export function unusedStyles(): Plugin {
  return {
    name: "unused-styles",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      const files = Object.values(bundle);
      const scripts = files.map((file) => (file.type === "chunk" ? file.code : "")).join("\n");
      for (const file of files)
        if (file.type === "asset" && file.fileName.endsWith(".css"))
          file.source = withoutUnread(withoutUnused(String(file.source), scripts), scripts);
    },
  };
}

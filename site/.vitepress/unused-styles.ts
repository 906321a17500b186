import type { Plugin } from "vitepress";

/** Classes of parts of the theme that a site may have: a search by others, sponsors, teams. */
const OPTIONAL = /^(DocSearch-|vp-sponsor|VPTeam|VPHomeSponsors|VPDocAsideSponsors)/;

/** A rule without rules in it: its selectors, and what it says. */
const RULE = /([^{}]+)\{([^{}]*)\}/g;
const CLASS = /\.([A-Za-z][\w-]*)/g;

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
          file.source = withoutUnused(String(file.source), scripts);
    },
  };
}

import type { Plugin } from "vitepress";

/** Parts of the theme that the site does not have: a search by others, sponsors, teams, advertisements. */
const ABSENT =
  /\.(DocSearch(-(?!Button)[\w-]*|--active)|vp-sponsor[\w-]*|VPTeam\w*|VP\w*Sponsors\w*|VPDocAsideCarbonAds|VPCarbonAds)(?![\w-])/;

/** A rule without rules in it: its selectors, and what it says. */
const RULE = /([^{}]+)\{([^{}]*)\}/g;

/** Leaves out the styles of what is not there: every page of the site has the one file of all styles. */
export const withoutUnused = (styles: string): string =>
  styles.replace(RULE, (rule, selectors: string, body: string) => {
    const all = selectors.split(",");
    const kept = all.filter((selector) => !ABSENT.test(selector));
    if (kept.length === all.length) return rule;
    return kept.length === 0 ? "" : `${kept.join(",")}{${body}}`;
  });

export function unusedStyles(): Plugin {
  return {
    name: "unused-styles",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle))
        if (file.type === "asset" && file.fileName.endsWith(".css"))
          file.source = withoutUnused(String(file.source));
    },
  };
}

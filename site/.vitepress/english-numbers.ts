import type { Plugin } from "vitepress";

const LANGUAGE = "domEnv ? nav.language : 'en-US'";

/**
 * Has uPlot write numbers in English, which the page is in. As it is, it takes the browser's language when it
 * is loaded, and takes the page with it where that is none: in the POSIX locale, WebKitGTK calls it "C".
 *
 * @throws Error when a new version of uPlot reads the language elsewhere
 */
export function englishNumbers(): Plugin {
  return {
    name: "english-numbers",
    transform(code, id) {
      if (!/uPlot\.esm\.js($|\?)/.test(id)) return;
      if (!code.includes(LANGUAGE))
        throw new Error(`english-numbers: expected uPlot to have ${LANGUAGE}, which it no longer has`);
      return { code: code.replace(LANGUAGE, "'en-US'"), map: null };
    },
  };
}

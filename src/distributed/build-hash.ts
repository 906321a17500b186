declare const __ARITHMETIC__: string | undefined;

/**
 * The hash of the sources that this build was made of: results of another one may have other bits, so that
 * they are other results. The sources themselves, which tests run, have none.
 */
export const ARITHMETIC = typeof __ARITHMETIC__ === "undefined" ? "sources" : __ARITHMETIC__;

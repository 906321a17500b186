declare const __TRAINING__: boolean | undefined;

/**
 * Whether this bundle trains. `esbuild --define:__TRAINING__=false` makes it false: the backward rules of all
 * operations, and what only they import, then leave the bundle. True by default.
 */
export const TRAINING = typeof __TRAINING__ === "undefined" || __TRAINING__;

/** What is published, with the types of its source. */
const published = async (name: string) => import(new URL(`../../dist/${name}.js`, import.meta.url).href);

export const lanewise: typeof import("../../src/index.js") = await published("lanewise");
export const tfjs: typeof import("../../src/tfjs.js") = await published("tfjs");
export const brain: typeof import("../../src/brain.js") = await published("brain");

export const backend = await lanewise.createBackend();

/** What draws pictures, as a module that is loaded when a page is asked for. */
export { reportPage } from "./page.js";
export { sweepPage } from "./sweep-page.js";

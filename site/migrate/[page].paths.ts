import { pagesIn } from "../.vitepress/pages-in.js";

/** How to come from other libraries, as docs/migrate/ has it. */
export default pagesIn("docs/migrate");

import { pagesIn } from "../.vitepress/pages-in.js";

/** The tutorial, as docs/tutorial/ has it. */
export default pagesIn("docs/tutorial");

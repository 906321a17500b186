import { pagesIn } from "../.vitepress/pages-in.js";

/** The guides, as docs/guide/ has them. */
export default pagesIn("docs/guide");

import { pagesIn } from "./.vitepress/pages-in.js";

/** The mathematics, the numbers and the file formats, as docs/ has them. */
export default pagesIn("docs");

/**
 * The entries of the package, as they are published. They are fetched when a text is to be learned: bundled
 * into one more worker, the kernels would be in the site's folder once again.
 */
export interface Library {
  readonly lanewise: typeof import("lanewise");
  readonly text: typeof import("lanewise/text");
}

/** Those of a folder. */
export async function libraryAt(folder: string): Promise<Library> {
  const [lanewise, text] = await Promise.all([
    import(/* @vite-ignore */ `${folder}lanewise.js`),
    import(/* @vite-ignore */ `${folder}text.js`),
  ]);
  return { lanewise, text };
}

/** What a Python peer says of the BLAS library behind its matrix products. */
export interface Blas {
  /** The library's files that are loaded, of /proc/self/maps. */
  readonly files: readonly string[];
  /** What the package says of its own build. */
  readonly config: string;
}

/** Fast ones, by their file or its folder: Debian's OpenBLAS is openblas-pthread/libblas.so.3, too. */
const FAST = /openblas|mkl|blis|atlas/i;

/** The line that is printed of it. */
export function blasNote(peer: string, { files, config }: Blas): string {
  const loaded = files.length > 0 ? files.join(", ") : "no library of its own is loaded";
  return `${peer} runs on the BLAS of ${loaded}${config === "" ? "" : ` (${config})`}`;
}

/**
 * The reference BLAS stops the run: PyTorch is many times slower on it. It may be there beside a fast one,
 * which LAPACK uses alone.
 * @throws Error
 */
export function checkBlas(peer: string, { files }: Blas): void {
  // A package may have its BLAS inside, as those of PyPI do: then no file is loaded.
  const slow = files.filter((file) => !FAST.test(file));
  if (slow.length === 0) return;
  throw new Error(
    `bench:peers expected ${peer} to run on OpenBLAS, got the reference BLAS ${slow.join(", ")}, which is ` +
      "many times slower: install OpenBLAS (apt-get install libopenblas0-pthread), or leave the peer out " +
      "by --only",
  );
}

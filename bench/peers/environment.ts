/**
 * What the environment of a peer's process says: how many threads, and which kernels of OpenBLAS. Libraries
 * read it when they start.
 */

/** The variables that set the kernels of OpenBLAS, and the size of its cache blocks. */
const CORE = "OPENBLAS_CORETYPE";
const CACHE = "OPENBLAS_L2_SIZE";

/**
 * The environment of a process with `threads` threads. PyTorch on OpenBLAS has two kinds of them, and
 * torch.set_num_threads sets those of OpenMP alone. `core` names the processor whose kernels OpenBLAS uses;
 * "auto" lets it choose, and without a name it does what the machine's environment says.
 */
export function environmentOf(
  threads: number,
  core?: string,
  inherited: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const { [CORE]: _core, [CACHE]: _cache, ...rest } = inherited;
  return {
    ...(core === undefined ? inherited : rest),
    ...(core === undefined || core === "auto" ? {} : { [CORE]: core }),
    PYTHONDONTWRITEBYTECODE: "1",
    PEER_THREADS: String(threads),
    ...openThreads(threads, threads),
    MKL_NUM_THREADS: String(threads),
  };
}

/** The variables with the threads of OpenBLAS, for products of matrices, and of OpenMP, for all else. */
export const openThreads = (blas: number, omp: number): Record<string, string> => ({
  OPENBLAS_NUM_THREADS: String(blas),
  OMP_NUM_THREADS: String(omp),
});

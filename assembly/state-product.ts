import { KC, MC, product } from "./gemm";
import { packA, packB } from "./pack";
import { NR } from "./tile";

/** Products of the states of recurrent layers by weights that are packed once for all steps. */

/** R, or its transpose, as panels for each KC rows. */
export function packWhole<T>(r: usize, k: i32, n: i32, transposed: i32, to: usize): void {
  const stride = (<usize>(transposed ? k : n)) << 2;
  for (let pc = 0; pc < k; pc += KC) {
    const kc = min<i32>(KC, k - pc);
    packB<T>(transposed ? r + ((<usize>pc) << 2) : r + <usize>pc * stride, stride, transposed, n, kc, to);
    to += (<usize>(panelColumns(n) * kc)) << 2;
  }
}

/** n columns as those of whole panels. */
export function panelColumns(n: i32): i32 {
  return ((n + NR - 1) / NR) * NR;
}

/** C[m,n] = A[m,k] B[k,n] + D of a B that packWhole has packed. Strides in bytes. d = 0 stands for zeros. */
export function multiply<T>(
  a: usize,
  aStride: usize,
  packed: usize,
  m: i32,
  n: i32,
  k: i32,
  c: usize,
  cStride: usize,
  d: usize,
  dStride: usize,
  packedA: usize,
): void {
  const blocks = (m + MC - 1) / MC;
  for (let pc = 0; pc < k; pc += KC) {
    const kc = min<i32>(KC, k - pc);
    let ic = 0;
    for (let block = 0; block < blocks; block++) {
      const mc = m / blocks + i32(block < m % blocks);
      packA<T>(a + <usize>ic * aStride + ((<usize>pc) << 2), aStride, 0, mc, kc, packedA);
      const onto = d ? d + <usize>ic * dStride : 0;
      product<T>(
        mc,
        n,
        kc,
        packedA,
        0,
        0,
        0,
        0,
        packed,
        c + <usize>ic * cStride,
        cStride,
        onto,
        onto ? dStride : 0,
      );
      ic += mc;
    }
    packed += (<usize>(panelColumns(n) * kc)) << 2;
    d = c;
    dStride = cStride;
  }
}

import { createBackend, matmul } from "lanewise";

/** Answers with the build that a backend of the module runs, and with a product that it has computed. */
export async function multiply(wasm) {
  const backend = await createBackend({ wasm });
  const product = matmul(backend.matrix(1, 2, [2, 3]), backend.matrix(2, 1, [4, 5]));
  return Response.json({ variant: backend.variant, product: product.data[0] });
}

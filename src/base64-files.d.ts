/** A build of the kernels in base64, as tools/kernels.mjs writes it. */
declare module "*.base64.js" {
  const base64: string;
  export default base64;
}

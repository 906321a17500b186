/** A build of the kernels in hexadecimal digits, as tools/kernels.mjs writes it. */
declare module "*.hex.js" {
  const hex: string;
  export default hex;
}

/** Builds as one text, as tools/pack.mjs makes it. */
declare module "*.packed" {
  const text: string;
  export default text;
}

/** What a bundler or workerd makes of the model that the README's worker imports. */
declare module "*.safetensors" {
  const bytes: ArrayBuffer;
  export default bytes;
}

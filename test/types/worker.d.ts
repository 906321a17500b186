/** What a bundler or workerd makes of the model that the guide's worker imports. */
declare module "*.safetensors" {
  const bytes: ArrayBuffer;
  export default bytes;
}

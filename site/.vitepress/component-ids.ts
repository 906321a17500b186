import { createHash } from "node:crypto";

/**
 * Gives each component the name of its styles, which every element of it has as an attribute: half as long as
 * those that Vue gives. It is the beginning of a hash of the component's path.
 */
export function componentIds(): (path: string) => string {
  const paths = new Map<string, string>();
  return (path) => {
    const hash = createHash("sha256").update(path).digest("hex");
    const id = BigInt(`0x${hash}`).toString(36).slice(0, 4);
    const other = paths.get(id) ?? path;
    if (other !== path) throw new Error(`${path} and ${other} have one id, ${id}: rename one of them.`);
    paths.set(id, path);
    return id;
  };
}

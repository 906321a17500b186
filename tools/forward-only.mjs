/** A transform of the AssemblyScript compiler that removes the exports whose names end in "Backward". */
export default class ForwardOnly {
  afterCompile(module) {
    const names = Array.from(
      { length: module.getNumExports() },
      (_, i) => this.binaryen.getExportInfo(module.getExportByIndex(i)).name,
    );
    for (const name of names) if (name.endsWith("Backward")) module.removeExport(name);
  }
}

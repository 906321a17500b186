/** The example tables, with their targets. */
export const exampleTables = [
  {
    file: "penguins.csv",
    about: "Which species? 344 penguins, with gaps",
    url: new URL("../../../examples/data/penguins.csv", import.meta.url),
  },
  {
    file: "iris.csv",
    about: "Which iris is it? 150 flowers",
    url: new URL("../../../examples/data/iris.csv", import.meta.url),
  },
  {
    file: "wine.csv",
    about: "Which grower? 178 wines",
    url: new URL("../../../examples/data/wine.csv", import.meta.url),
  },
  {
    file: "breast_cancer.csv",
    about: "Malignant or benign? 569 samples",
    url: new URL("../../../examples/data/breast_cancer.csv", import.meta.url),
  },
  {
    file: "diabetes.csv",
    about: "How far after a year? 442 patients",
    url: new URL("../../../examples/data/diabetes.csv", import.meta.url),
  },
] as const;

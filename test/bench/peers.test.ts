import { describe, expect, it } from "vitest";
import { disagreement } from "../../bench/peers/agreement.js";
import { blasNote, checkBlas } from "../../bench/peers/blas.js";
import { environmentOf } from "../../bench/peers/environment.js";
import { peers } from "../../bench/peers/registry.js";
import { workloads } from "../../bench/peers/workloads.js";

const folder = "/usr/lib/x86_64-linux-gnu";
const debian = [
  `${folder}/openblas-pthread/libblas.so.3`,
  `${folder}/openblas-pthread/libopenblasp-r0.3.21.so`,
];
const reference = `${folder}/blas/libblas.so.3.11.0`;

describe("the BLAS of PyTorch and NumPy", () => {
  it("is printed with what the package says of its build", () => {
    expect(blasNote("torch", { files: debian, config: "BLAS_INFO=generic" })).toBe(
      `torch runs on the BLAS of ${debian[0]}, ${debian[1]} (BLAS_INFO=generic)`,
    );
  });

  it.each([
    { name: "Debian's OpenBLAS", files: debian },
    { name: "NumPy's of PyPI", files: ["/usr/lib/numpy.libs/libscipy_openblas64_-ff651d7f.so"] },
    { name: "one inside the package", files: [] },
  ])("may be $name", ({ files }) => {
    expect(() => checkBlas("numpy", { files, config: "" })).not.toThrow();
  });

  it.each([
    { name: "alone", files: [reference] },
    { name: "beside the OpenBLAS of LAPACK", files: [reference, debian[1]] },
  ])("must not be the reference BLAS, $name: the error says what to install", ({ files }) => {
    expect(() => checkBlas("torch", { files, config: "" })).toThrow(
      `bench:peers expected torch to run on OpenBLAS, got the reference BLAS ${reference}, which is ` +
        "many times slower: install OpenBLAS (apt-get install libopenblas0-pthread), or leave the peer out " +
        "by --only",
    );
  });
});

describe("outputs of a peer", () => {
  it("agree within 1e-5 of the largest of lanewise's", () => {
    expect(disagreement([-200, 0], [-200.0019, 0.0019])).toBeUndefined();
  });

  it.each([
    { name: "another value", got: [-200, 0.0021], message: "expected output 1 to be 0, got 0.0021" },
    { name: "NaN", got: [Number.NaN, 0], message: "expected output 0 to be -200, got NaN" },
    { name: "none", got: [], message: "expected 2 outputs as lanewise has them, got 0" },
  ])("disagree: $name", ({ got, message }) => {
    expect(disagreement([-200, 0], got)).toContain(message);
  });
});

describe("torch-best", () => {
  const settingsOf = (title: string, threads = 1) => {
    const workload = workloads.find((each) => each.title === title);
    const spec = peers.find(({ name }) => name === "torch-best");
    return workload && spec?.settings?.(workload.task, threads);
  };

  it.each([
    { title: "training lenet", settings: 8, all: "foreach, channels_last, malloc thresholds" },
    { title: "inference of lenet", settings: 8, all: "frozen, channels_last, malloc thresholds" },
    { title: "training conv1d", settings: 4, all: "foreach, malloc thresholds" },
    { title: "training mlp", settings: 4, all: "foreach, malloc thresholds" },
    { title: "training lstm", settings: 4, all: "foreach, malloc thresholds" },
    { title: "training transformer", settings: 8, all: "foreach, plain_blocks, malloc thresholds" },
    { title: "inference of transformer", settings: 8, all: "frozen, plain_blocks, malloc thresholds" },
    { title: "transformer, one token after the other", settings: 2, all: "malloc thresholds" },
    { title: "inference", settings: 4, all: "frozen, malloc thresholds" },
    { title: "matrix product", settings: 2, all: "malloc thresholds" },
  ])("tries $settings settings of $title, from the defaults to $all", ({ title, settings, all }) => {
    const names = settingsOf(title)?.map(({ name }) => name);
    expect(new Set(names).size).toBe(settings);
    expect(names?.[0]).toBe("defaults");
    expect(names?.at(-1)).toBe(all);
  });

  it("sets the thresholds of malloc by the environment of a process, which reads them when it starts", () => {
    const settings = settingsOf("training lenet") ?? [];
    for (const { name, args, env } of settings) {
      expect(args).not.toContain("malloc thresholds");
      expect("MALLOC_TRIM_THRESHOLD_" in env).toBe(name.endsWith("malloc thresholds"));
    }
  });

  it("leaves the threads to the environment where there is one", () => {
    for (const { env } of settingsOf("training lenet") ?? [])
      expect(env).not.toHaveProperty("OMP_NUM_THREADS");
  });

  it("tries each of them with every way to share up to n threads", () => {
    const settings = settingsOf("training mlp", 4) ?? [];
    const ways = new Map(
      settings.map(({ name, env }) => [
        name.split(", ").slice(-2).join(", "),
        [env.OPENBLAS_NUM_THREADS, env.OMP_NUM_THREADS, env.OMP_WAIT_POLICY],
      ]),
    );
    expect(Object.fromEntries(ways)).toEqual({
      "OpenBLAS 4, OpenMP 4": ["4", "4", undefined],
      "OpenBLAS 4, OpenMP 4 passive": ["4", "4", "PASSIVE"],
      "OpenBLAS 4, OpenMP 1": ["4", "1", undefined],
      "OpenBLAS 1, OpenMP 4": ["1", "4", undefined],
      "OpenBLAS 1, OpenMP 1": ["1", "1", undefined],
    });
    const names = settings.map(({ name }) => name);
    expect(names).toHaveLength(4 * ways.size);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain("foreach, malloc thresholds, OpenBLAS 4, OpenMP 1");
  });
});

describe("the environment of a peer", () => {
  it("has the number of threads, for every library", () => {
    expect(environmentOf(2, undefined, { HOME: "/home/me" })).toMatchObject({
      HOME: "/home/me",
      PEER_THREADS: "2",
      OPENBLAS_NUM_THREADS: "2",
      OMP_NUM_THREADS: "2",
      MKL_NUM_THREADS: "2",
    });
  });

  const prescribed = { OPENBLAS_CORETYPE: "Haswell", OPENBLAS_L2_SIZE: "512" };

  it("has what the machine prescribes for OpenBLAS", () => {
    expect(environmentOf(1, undefined, prescribed)).toMatchObject(prescribed);
  });

  it("lets OpenBLAS choose its kernels where that is asked for", () => {
    const environment = environmentOf(1, "auto", prescribed);
    for (const name of Object.keys(prescribed)) expect(environment).not.toHaveProperty(name);
  });

  it("prescribes kernels where they are asked for", () => {
    const environment = environmentOf(1, "Zen", prescribed);
    expect(environment.OPENBLAS_CORETYPE).toBe("Zen");
    expect(environment).not.toHaveProperty("OPENBLAS_L2_SIZE");
  });
});

describe("peers without threads", () => {
  it("are those that have none in Node", () => {
    const names = peers.filter(({ oneThread }) => oneThread).map(({ name }) => name);
    expect(names).toEqual(["tfjs-wasm", "tfjs-wasm-core", "jax-js", "brain.js", "ml-matrix", "tfjs-cpu"]);
  });
});

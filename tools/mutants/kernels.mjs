const test = (name) => `test/kernels/${name}.test.ts`;
const bits = { tests: [test("bits")] };

/** Mutants of assembly/. */
export const kernels = [
  {
    file: "assembly/gemm.ts",
    tests: [test("gemm")],
    changes: {
      "blocks of terms of another size": ["const KC: i32 = 256;", "const KC: i32 = 252;", bits],
      "a workspace too small": [
        "(min<i32>(n, NC) + NR + min<i32>(m, MC) + BEHIND)",
        "(min<i32>(n, NC) + min<i32>(m, MC))",
      ],
      "whole tiles at the edge": ["const cols = min<i32>(NR, nc - jr);", "const cols = NR;"],
      "nothing written for k = 0": ["// k = 0 still writes D.", "if (k === 0) continue;"],
      "later blocks of columns take the addend of the first": [
        "let addend = d ? d + ((<usize>jc) << 2) : 0;",
        "let addend = d;",
      ],
      "later blocks of terms start afresh": ["addend = c + ((<usize>jc) << 2);", "addend = 0;"],
      "later blocks of terms with the stride of the first addend": [
        "addendStride = cStride;",
        "addendStride = dStride;",
      ],
      "later blocks of terms of A' from the wrong row": [
        "? a + <usize>pc * aStride +",
        "? a + <usize>pc * 4 +",
      ],
      "later blocks of columns of B' from the wrong row": [
        "? b + <usize>jc * bStride +",
        "? b + <usize>jc * 4 +",
      ],
      "B' read as B": ["const bInPlace = !transposeB && (", "const bInPlace = ("],
      "A read as A'": ["const aInPlace = transposeA !== 0 && n", "const aInPlace = n"],
      "few columns that begin at the first row of A again": ["      row += <usize>mc * aStride;", ""],
      "few columns that stay in the first rows of C": ["      to += <usize>mc * cStride;", ""],
      "a panel's remainder of rows left out": ["const higher = mc % panels;", "const higher = 0;"],
      "panels of B in place all the first": ["b + ((<usize>jr) << 2) : packedB", "b : packedB"],
      "the lower panels of A in place all the first": [
        "(<usize>(aStride ? rows : rows * kc)) << 2,",
        "(<usize>(aStride ? 0 : rows * kc)) << 2,",
      ],
      "the lower panels from where the higher ones are": ["a + <usize>higher * aHigherNext,", "a,"],
      "panels of A in place all the first": [
        "(<usize>(aStride ? most : most * kc)) << 2;",
        "(<usize>(aStride ? 0 : most * kc)) << 2;",
      ],
      "a row times B: columns over each other": ["c += (<usize>WIDE) << 2;", "c += (<usize>NR) << 2;"],
      "a row times B: only the last block of terms": ["      addend = c;", "      addend = d;"],
      "a row times B: only the first columns of the addend": ["if (d) d += (<usize>WIDE) << 2;", ""],
      "a row times B: A' read as A": ["transposeA ? aStride : 4, b", "4, b"],
      "A times a column: A' read as A": ["usize = transposeA ? 4 : aStride;", "usize = aStride;"],
      "A times a column: later rows take the addend of the first": ["d ? d + at : 0,", "d,"],
      "A times a column: the addend of all rows left out": ["    d = c;", ""],
      "A times a column: rows of C that stand apart": ["m > 1 && cStride === 4 && (", "m > 1 && ("],
      "A times a column: rows of D that stand apart": [" && (d === 0 || dStride <= 4)", ""],
    },
  },
  {
    file: "assembly/pack.ts",
    tests: [test("gemm")],
    changes: {
      "panels of B' all the first": ["packRows<T>(b + <usize>j * stride,", "packRows<T>(b,"],
      "panels of B all the first": ["packColumns<T>(b + ((<usize>j) << 2),", "packColumns<T>(b,"],
      "of four panels the last from the third": ["lane.load<T>(from + 7 * v)", "lane.load<T>(from + 5 * v)"],
      "four panels of the same columns": ["packFourPanels<T>(b + ((<usize>j) << 2),", "packFourPanels<T>(b,"],
      "panels of A a row on": ["a += <usize>height * stride;", "a += stride;"],
      "the last terms of rows left out": [
        "for (let p = blocks; p < kc; p++) {",
        "for (let p = blocks; p < blocks; p++) {",
      ],
      "a vector past the end of the columns": [
        "from + 2 * lane.bytes<T>() <= last",
        "from + lane.bytes<T>() <= last",
        bits,
      ],
      "one row in the place of another": [
        "const row5 = min<usize>(5 * stride, last);",
        "const row5 = min<usize>(4 * stride, last);",
      ],
      "the last row of columns left out": [
        "for (; to < end; to += step) {",
        "for (; to + step < end; to += step) {",
      ],
    },
  },
  {
    file: "assembly/tile.ts",
    tests: [test("gemm")],
    changes: {
      "the rows of C stay at the first tile": ["    c += 5 * cStride;", ""],
      "the rows of D stay at the first tile": ["    d += 4 * dStride;", ""],
      "no tiles": ["if (count > 0) tiles", "if (count > 1) tiles"],
    },
  },
  {
    file: "assembly/micro.ts",
    tests: [test("gemm")],
    changes: {
      "the terms past a multiple of four left out": ["      k &= 3;", "      k = 0;"],
      "a row takes another's sum": [
        "if (rows > 2) micro.store<T>(x2, y2,",
        "if (rows > 2) micro.store<T>(x1, y2,",
      ],
      "a row at the edge takes another's sum": [
        "if (rows > 1) storePart<T>(x1, y1,",
        "if (rows > 1) storePart<T>(x0, y1,",
      ],
      "a row at the edge takes another's addend": [
        "c + 3 * cStride, d + 3 * dStride, cols",
        "c + 3 * cStride, d, cols",
      ],
      "the second vector takes the addend of the first": [
        "lane.add<T>(lane.load<T>(d + lane.bytes<T>()), y)",
        "lane.add<T>(lane.load<T>(d), y)",
      ],
      "the addend taken off at the edge": [
        "lane.add<T>(lane.loadPart<T>(d, cols), x)",
        "lane.sub<T>(x, lane.loadPart<T>(d, cols))",
      ],
      "the first vector twice at the edge": ["    x = y;", ""],
      "a wide tile's last vector from the one before": ["lane.load<T>(b + 7 * v)", "lane.load<T>(b + 6 * v)"],
      "a wide tile's addend from its first columns": ["d ? d + 4 * v : 0", "d"],
    },
  },
  {
    file: "assembly/transpose.ts",
    tests: [test("elementwise")],
    changes: {
      "blocks where they came from": [
        "y + <usize>j * yStride + ((<usize>i) << 2),",
        "y + <usize>i * yStride + ((<usize>j) << 2),",
      ],
      "the last columns left out": ["    cols - blockCols,", "    0,"],
      "the last rows left out": ["    rows - blockRows,", "    0,"],
    },
  },
  {
    file: "assembly/lane.ts",
    tests: [test("elementwise"), test("regularization")],
    changes: {
      "a transposed row with its halves exchanged": [
        "y + 3 * yStride, v128.shuffle<i64>(high01, high23, 1, 3)",
        "y + 3 * yStride, v128.shuffle<i64>(high23, high01, 1, 3)",
      ],
      "a part of three read as two": ["count === 2 ? low :", "count >= 2 ? low :"],
      "a part of three written as two": ["if (count === 3) v128.store_lane<f32>(p, v, 2, 8);", ""],
      "a bound in the place of NaN": [
        "f32x4.pmin(changetype<v128>(a), changetype<v128>(b))",
        "f32x4.pmin(changetype<v128>(b), changetype<v128>(a))",
        bits,
      ],
      "a sum of lanes in another order": [
        "(f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))",
        "f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3)",
        bits,
      ],
      "the low bits of a fraction left out": ["f64x2.add(wide, f64x2.convert_low_i32x4_u(low))", "wide"],
      "the first two fractions twice": [
        "v128.shuffle<i64>(high, high, 1, 1)",
        "v128.shuffle<i64>(high, high, 0, 0)",
      ],
    },
  },
  {
    file: "assembly/map.ts",
    tests: [test("elementwise")],
    changes: {
      "one operand: the tail left out": [
        "if (rest) lane.storePart<T>(y, op.apply<T>(lane.loadPart<T>(x, rest), us, ut), rest);",
        "",
      ],
      "one operand: the second scalar in the place of the first": [
        "lane.store<T>(y, op.apply<T>(lane.load<T>(x), us, ut));",
        "lane.store<T>(y, op.apply<T>(lane.load<T>(x), ut, ut));",
      ],
      "two operands: the first twice in the tail": [
        "lane.loadPart<T>(a, rest), lane.loadPart<T>(b, rest)",
        "lane.loadPart<T>(a, rest), lane.loadPart<T>(a, rest)",
      ],
      "two operands: the second stays where it is": ["    b += lane.bytes<T>();", ""],
    },
  },
  {
    file: "assembly/elementwise.ts",
    tests: [test("elementwise")],
    changes: {
      "the sign of a difference": ["return lane.sub<T>(a, b);", "return lane.sub<T>(b, a);"],
      "a sum for a product": ["return lane.mul<T>(a, b);", "return lane.add<T>(a, b);"],
      "a quotient upside down": ["return lane.div<T>(a, b);", "return lane.div<T>(b, a);"],
      "softmax multiplied by its sum": [
        "return lane.div<T>(x, s);",
        "return lane.mul<T>(x, s);",
        { tests: [test("activations")] },
      ],
      "axpy without its factor": ["return lane.madd<T>(s, x, y);", "return lane.add<T>(x, y);"],
      "the last element not zeroed": [
        "memory.fill(x, 0, (<usize>n) << 2);",
        "memory.fill(x, 0, (<usize>(n - 1)) << 2);",
      ],
    },
  },
  {
    file: "assembly/reduce.ts",
    tests: [test("reductions")],
    changes: {
      "blocks of another size": ["export const BLOCK: i32 = 512;", "export const BLOCK: i32 = 256;", bits],
      "blocks added the second half first": [
        "const offset = (<usize>half) << 2;",
        "const offset = (<usize>(n - half)) << 2;",
      ],
      "one row of blocks too few": [
        "const blocks = (n + BLOCK - 1) / BLOCK;",
        "const blocks = n / BLOCK;",
        bits,
      ],
      "a tail with lanes that are not there": [
        "lane.and<v128>(last, lane.first<v128>(rest))",
        "last",
        { tests: [test("losses")] },
      ],
      "the tail of a sum left out": [
        "sum = lane.add<v128>(sum, lane.and<v128>(last, lane.first<v128>(rest)));",
        "",
      ],
      "a block's sums added in another order": [
        "return sum0 + sum1 + (sum2 + sum3);",
        "return sum0 + sum1 + sum2 + sum3;",
        bits,
      ],
      "the tail of a maximum left out": [
        "largest = lane.max<T>(largest, lane.select<T>(lane.first<T>(rest), lane.loadPart<T>(x, rest), least));",
        "largest = least;",
        { tests: [test("activations")] },
      ],
      "a maximum of at least 0": [
        "const least = lane.splat<T>(-f32.MAX_VALUE / 0);",
        "const least = lane.splat<T>(0);",
        { tests: [test("activations")] },
      ],
      "column sums that never accumulate": [
        "if (accumulate) total = lane.add<T>(lane.load<T>(y), total);",
        "",
      ],
      "column sums that never accumulate in the tail": [
        "if (accumulate) total = lane.add<T>(lane.loadPart<T>(y, rest), total);",
        "",
      ],
      "the last columns not summed": ["lane.storePart<T>(y, total, rest);", ""],
      "column sums of a row too few": [
        "if (last > 2) sum2 = lane.add<T>(sum2, lane.read<T>(x + 2 * stride, part));",
        "",
      ],
      "column sums in another order": [
        "sum1 = lane.add<T>(sum1, lane.read<T>(x + stride, part));",
        "sum0 = lane.add<T>(sum0, lane.read<T>(x + stride, part));",
        bits,
      ],
      "of four parts the last overlooked in the largest magnitude": [
        "d = lane.maxBits<T>(d, lane.shiftLeft<T>(lane.load<T>(fourth + v), 1));",
        "",
      ],
      "the tail overlooked in the largest magnitude": [
        "if (rest) b = lane.maxBits<T>(b, lane.shiftLeft",
        "if (false) b = lane.maxBits<T>(b, lane.shiftLeft",
      ],
      "the rest looked for a part too early": ["x += 3 * bytes;", "x += 2 * bytes;"],
      "of two vectors of columns the second without the last rows": [
        "b2 = lane.add<v128>(b2, lane.load<v128>(x + 2 * stride + 16));",
        "",
      ],
      "of two vectors of columns the second in another order": [
        "b1 = lane.add<v128>(b1, lane.load<v128>(x + stride + 16));",
        "b0 = lane.add<v128>(b0, lane.load<v128>(x + stride + 16));",
        bits,
      ],
      "two vectors of columns that never accumulate": ["b = lane.add<v128>(lane.load<v128>(y + 16), b);", ""],
      "a NaN in the tail overlooked": [
        "if (i < end) sum = lane.add<T>(sum, lane.mul<T>(zero",
        "if (false) sum = lane.add<T>(sum, lane.mul<T>(zero",
      ],
      "an infinity overlooked": ["if (value - value !== 0) return i;", "if (value !== value) return i;"],
    },
  },
  {
    file: "assembly/broadcast.ts",
    tests: [test("elementwise")],
    changes: {
      "a row added to the first row alone": ["    z += stride;", ""],
      "a deviation multiplied": ["divide(y, deviation, y, cols);", "divide(deviation, y, y, cols);"],
      "a mean added": ["subtract(x, mean, y, cols);", "add(x, mean, y, cols);"],
      "rows scaled by the first row's number": ["    w += 4;", ""],
      "a gradient not divided by the deviation": [
        "divide(dy, deviation, dx, cols);",
        "add(dy, deviation, dx, cols);",
      ],
    },
  },
  {
    file: "assembly/gather.ts",
    tests: [test("elementwise")],
    changes: {
      "the rows in their own order": ["const row = x + <usize>load<i32>(index) * stride;", "const row = x;"],
      "of four rows the last from the third": ["load<i32>(index, 12)", "load<i32>(index, 8)"],
      "four rows without their tails": ["if (!rest) return;", "return;"],
      "four rows one after the other": ["      y += 4 * stride;", ""],
    },
  },
  {
    file: "assembly/copy.ts",
    tests: [test("elementwise")],
    changes: {
      "a row's tail left out": ["if (rest) lane.storePart<T>(y, lane.loadPart<T>(x, rest), rest);", ""],
      "rows side by side": ["y += (<usize>yStride) << 2;", "y += (<usize>cols) << 2;"],
      "the stride of the result for that of the operand": [
        "x += (<usize>xStride) << 2;",
        "x += (<usize>yStride) << 2;",
      ],
    },
  },
  {
    file: "assembly/activation.ts",
    tests: [test("activations")],
    changes: {
      "backward without dy": [
        "return lane.mul<T>(dy, changetype<A>(0).slope<T>(saved, p));",
        "return changetype<A>(0).slope<T>(saved, p);",
      ],
      "relu of negative numbers": ["return lane.atLeast<T>(z, lane.splat<T>(0));", "return lane.abs<T>(z);"],
      "relu's slope of 1 at 0": [
        "return lane.and<T>(lane.lt<T>(lane.splat<T>(0), y), lane.splat<T>(1));",
        "return lane.select<T>(lane.lt<T>(y, lane.splat<T>(0)), lane.splat<T>(0), lane.splat<T>(1));",
      ],
      "leakyRelu's slope": [
        "lane.select<T>(lane.lt<T>(lane.splat<T>(0), saved), lane.splat<T>(1), p)",
        "lane.select<T>(lane.lt<T>(lane.splat<T>(0), saved), lane.splat<T>(1), lane.splat<T>(0.01))",
      ],
      "elu without its 1 off": [
        "lane.select<T>(lane.lt<T>(lane.splat<T>(0), z), z, lane.mul<T>(p, math.expm1<T>(z)));",
        "lane.select<T>(lane.lt<T>(lane.splat<T>(0), z), z, lane.mul<T>(p, math.exp<T>(z)));",
      ],
      "elu's slope": ["lane.splat<T>(1), lane.add<T>(y, p));", "lane.splat<T>(1), y);"],
      "selu's scale": ["const SELU_SCALE: f32 = 1.0507009873554805;", "const SELU_SCALE: f32 = 1.0507;"],
      "selu's slope": [
        "lane.add<T>(y, lane.splat<T>(SELU_SCALE_ALPHA)),",
        "lane.sub<T>(y, lane.splat<T>(SELU_SCALE_ALPHA)),",
      ],
      "gelu by way of tanh": ["return math.gelu<T>(z);", "return math.geluTanh<T>(z);"],
      "gelu's slope by way of tanh": [
        "return math.geluDerivative<T>(z);",
        "return math.geluTanhDerivative<T>(z);",
      ],
      "geluTanh without tanh": ["return math.geluTanh<T>(z);", "return math.gelu<T>(z);"],
      "geluTanh's slope without tanh": [
        "return math.geluTanhDerivative<T>(z);",
        "return math.geluDerivative<T>(z);",
      ],
      "silu that is a sigmoid": ["return math.silu<T>(z);", "return math.sigmoid<T>(z);"],
      "silu's slope": [
        "lane.select<T>(negative, more, less), one)",
        "lane.select<T>(negative, less, more), one)",
      ],
      "sigmoid's slope": [
        "return lane.mul<T>(y, lane.sub<T>(lane.splat<T>(1), y));",
        "return lane.sub<T>(lane.splat<T>(1), y);",
      ],
      "tanh's slope": [
        "lane.sub<T>(lane.splat<T>(1), lane.mul<T>(y, y));",
        "lane.sub<T>(lane.splat<T>(1), y);",
      ],
      "softplus of the absolute value": [
        "return math.softplus<T>(z);",
        "return math.softplus<T>(lane.abs<T>(z));",
      ],
      "hardSwish without its lower bound": [
        "const bounded = lane.atLeast<T>(z, lane.splat<T>(-3));",
        "const bounded = z;",
      ],
      "hardSwish's slope between the bounds": [
        "lane.splat<T>(<f32>(1.0 / 3.0)), lane.splat<T>(0.5));",
        "lane.splat<T>(<f32>(1.0 / 6.0)), lane.splat<T>(0.5));",
      ],
    },
  },
  {
    file: "assembly/math.ts",
    tests: [test("activations")],
    changes: {
      "e^r without its last term": [
        "let q = part.line<T>(0.00137891981, r, 0.00836867467);",
        "let q = lane.splat<T>(0.00836867467);",
      ],
      "ln 2 in one part": [
        "lane.madd<T>(n, lane.splat<T>(-LN2_LOW), lane.madd<T>(n, lane.splat<T>(-LN2_HIGH), x))",
        "lane.madd<T>(n, lane.splat<T>(-LN2_HIGH), x)",
      ],
      "coth without its last term": [
        "part.line<T>(-0.0027667128, z, 0.166666254)",
        "lane.splat<T>(0.166666254)",
      ],
      "expm1 of a smaller range": ["part.clamp<T>(x, -18, 88.8)", "part.clamp<T>(x, -12, 88.8)"],
      "exp of negative numbers cut early": [
        "const v = lane.atLeast<T>(x, lane.splat<T>(-104));",
        "const v = lane.atLeast<T>(x, lane.splat<T>(-87));",
      ],
      "a logarithm's last coefficient": [
        "part.line<T>(0.298708171, z, 0.399775833)",
        "part.line<T>(0.298708171, z, 0.4)",
        { tests: [test("losses")] },
      ],
      "the logarithm of a subnormal number": [
        "lane.and<T>(small, lane.splat<T>(24))",
        "lane.and<T>(small, lane.splat<T>(23))",
        { tests: [test("losses")] },
      ],
      "log1p by the rounded sum": [
        "part.times<T>(lane.sub<T>(lane.mul<T>(x, s), lane.sub<T>(lane.splat<T>(4), s)), 0.25)",
        "part.plus<T>(lane.addBits<T>(u, lane.shiftLeft<T>(n, 23)), -1)",
        { tests: [test("losses")] },
      ],
      "tanh with a range too small": ["part.clamp<T>(x, -9.02, 9.02)", "part.clamp<T>(x, -6, 6)"],
      "tanh's polynomial": [
        "part.line<T>(0.13110726, z, -0.33331275)",
        "part.line<T>(0.13110726, z, -0.3333)",
      ],
      "the sign of sigmoid's argument": [
        "part.share<T>(part.clamp<T>(x, -104, 20), 1, x, false)",
        "part.share<T>(part.clamp<T>(lane.neg<T>(x), -104, 20), 1, x, false)",
      ],
      "softplus's polynomial": [
        "part.line<T>(0.280067831, z, 0.280030251)",
        "part.line<T>(0.280067831, z, 0.281)",
      ],
      "gelu's tail": ["p = part.horner<T>(p, b, -0.0562763177);", "p = part.horner<T>(p, b, -0.0562);"],
      "gelu's slope of another quotient": [
        "let q = part.plus<T>(a, 488.407135);",
        "let q = part.plus<T>(a, 488.4);",
      ],
      "silu without its factor": ["part.share<T>(v, 1, v, true));", "part.share<T>(v, 1, v, false));"],
      "geluTanh's inner derivative": [
        "part.line<T>(3 * GELU_3, z, GELU_1)",
        "part.line<T>(2 * GELU_3, z, GELU_1)",
      ],
    },
  },
  {
    file: "assembly/column-sums.ts",
    tests: [test("normalization")],
    changes: {
      "accumulators that begin with what was there": ["if (!isFirst) {", "if (true) {"],
      "the mean of a square": ["const difference = lane.sub<T>(x, u);", "const difference = x;"],
      "only the first eight rows": ["    x += <usize>ROWS * stride;", ""],
      "accumulators in another order": [
        "lane.add<T>(lane.add<T>(first0, first1), lane.add<T>(first2, first3))",
        "lane.add<T>(lane.add<T>(first0, first2), lane.add<T>(first1, first3))",
        bits,
      ],
      "the second half of rows twice": ["x + offset,", "x,"],
      "the second half without its means": ["s ? s + ofRow : 0,", "s,"],
      "a workspace too small": ["floats += 2 * cols;", "floats += 0;", bits],
    },
  },
  {
    file: "assembly/normalize-channels.ts",
    tests: [test("normalization")],
    changes: {
      "no epsilon": ["lane.sqrt<T>(lane.add<T>(variance, epsilon))", "lane.sqrt<T>(variance)"],
      "groups side by side": ["pool(mean, rows, cols, size);", "pool(mean, rows, cols, 1);"],
      "the biased variance": ["<f32>rows / <f32>max<i32>(rows - 1, 1)", "<f32>1"],
      "statistics that are no numbers": [
        "lane.eq<T>(lane.sub<T>(next, next), lane.splat<T>(0))",
        "lane.eq<T>(next, next)",
      ],
      "backward without the mean's part": [
        "hadamard(constant, inverse, constant, cols);",
        "zero(constant, cols);",
      ],
      "backward with the wrong sum": ["times(ofGamma + batch, gamma", "times(ofBeta + batch, gamma"],
      "the fourth row's gradient from the third": [
        "lane.load<T>(p + 3 * stride), lane.load<T>(q + 3 * stride)",
        "lane.load<T>(p + 2 * stride), lane.load<T>(q + 3 * stride)",
      ],
      "the last rows without their mean": [
        "lane.sub<T>(lane.read<T>(p, part), m), s, b)",
        "lane.read<T>(p, part), s, b)",
      ],
    },
  },
  {
    file: "assembly/normalize-rows.ts",
    tests: [test("normalization")],
    changes: {
      "no epsilon in four rows": ["lane.add<v128>(v, lane.splat<v128>(epsilon))", "v"],
      "no epsilon in a row": ["sqrt<f32>(v + epsilon)", "sqrt<f32>(v)"],
      "a part of a vector whole": ["lane.first<v128>(rest));", "lane.first<v128>(4));"],
      "the third row's sum from the second": ["lane.sum<v128>(sum2)", "lane.sum<v128>(sum1)"],
      "gradients that replace": ["if (accumulate) add(y, x, y, n);", "if (false) add(y, x, y, n);"],
    },
  },
  {
    file: "assembly/softmax.ts",
    tests: [test("activations")],
    changes: {
      "softmax's largest logit not taken off": [
        "return math.expOfNegative<T>(lane.sub<T>(x, largest));",
        "return math.expOfNegative<T>(x);",
      ],
      "logSoftmax without its logarithm": [
        "return lane.sub<T>(lane.sub<T>(x, s), t);",
        "return lane.sub<T>(x, s);",
      ],
      "softmax backward without the inner product": [
        "return lane.mul<T>(y, lane.sub<T>(dy, inner));",
        "return lane.mul<T>(y, dy);",
      ],
      "logSoftmax backward without exp": [
        "lane.mul<T>(called.expOfNegative<T>(y), total)",
        "lane.mul<T>(y, total)",
      ],
      "softmax's inner product with itself": ["sumOf<Product>(y, dy, cols)", "sumOf<Product>(y, y, cols)"],
      "logSoftmax backward with the sum of y": ["cols, sum(dy, cols));", "cols, sum(y, cols));"],
    },
  },
  {
    file: "assembly/loss.ts",
    tests: [test("losses")],
    changes: {
      "terms that all weigh the same": [
        "sumOf<Op>(p, t, length, s) * <f64>weightOf(w)",
        "sumOf<Op>(p, t, length, s)",
      ],
      "the first row's weight for all": ["    w += 4;", ""],
      "a row's cross-entropy without its weight": ["term * weightOf(w && w + offset)", "term"],
      "a squared error that is a product": ["return lane.mul<T>(error, error);", "return lane.mul<T>(p, t);"],
      "half a squared error's gradient": [
        "lane.mul<T>(lane.add<T>(error, error), scale);",
        "lane.mul<T>(error, scale);",
      ],
      "an absolute error with its sign": [
        "return lane.abs<T>(lane.sub<T>(p, t));",
        "return lane.sub<T>(p, t);",
      ],
      "an absolute error's gradient with its sign turned": [
        "lane.eq<T>(error, error), lane.sub<T>(above, below), error)",
        "lane.eq<T>(error, error), lane.sub<T>(below, above), error)",
      ],
      "an absolute error's gradient of 0 at NaN": [
        "return lane.select<T>(lane.eq<T>(error, error), lane.sub<T>(above, below), error);",
        "return lane.sub<T>(above, below);",
      ],
      "huber's line without its half": [
        "lane.sub<T>(error, lane.mul<T>(lane.splat<T>(0.5), clipped))",
        "lane.sub<T>(error, clipped)",
      ],
      "huber's gradient unbounded below": [
        "lane.atLeast<T>(lane.atMost<T>(lane.sub<T>(p, t), delta), lane.neg<T>(delta))",
        "lane.atMost<T>(lane.sub<T>(p, t), delta)",
      ],
      "binary cross-entropy of the yes alone": [
        "return lane.neg<T>(lane.add<T>(hit, miss));",
        "return lane.neg<T>(hit);",
      ],
      "binary cross-entropy without its bound": [
        "lane.atLeast<T>(called.log<T>(p), least)",
        "called.log<T>(p)",
      ],
      "binary cross-entropy's gradient without p (1 - p)": [
        "lane.mul<T>(lane.div<T>(lane.sub<T>(p, t), spread), scale)",
        "lane.mul<T>(lane.sub<T>(p, t), scale)",
      ],
      "binary cross-entropy's gradient with a wider bound": ["lane.splat<T>(1e-12)", "lane.splat<T>(1e-6)"],
      "a logit's cross-entropy with its target's sign turned": [
        "lane.sub<T>(lane.atLeast<T>(p, lane.splat<T>(0)), lane.mul<T>(t, p))",
        "lane.add<T>(lane.atLeast<T>(p, lane.splat<T>(0)), lane.mul<T>(t, p))",
      ],
      "a logit's gradient without sigmoid": ["lane.sub<T>(called.sigmoid<T>(p), t)", "lane.sub<T>(p, t)"],
      "softmax cross-entropy: a gap of infinity at a target of 0": [
        "return lane.mul<T>(t, lane.atMost<T>(gap, most));",
        "return lane.mul<T>(t, gap);",
      ],
      "softmax cross-entropy: a small loss lost beside large logits": [
        "term = largest - load<f32>(z + hit) + logTotal;",
        "term = largest + logTotal - load<f32>(z + hit);",
      ],
      "softmax cross-entropy: the gradient without its target": [
        "store<f32>(d + hit, load<f32>(d + hit) - scale);",
        "",
      ],
      "softmax cross-entropy: the gradient of targets that do not add to 1": [
        "sum(t + at, cols) / total, scale);",
        "1 / total, scale);",
      ],
      "softmax cross-entropy: the gradient not scaled": [
        "scaleBy(e, d + at, cols, scale / total);",
        "scaleBy(e, d + at, cols, 1 / total);",
      ],
      "categorical cross-entropy: infinite at 0": [
        "called.log<T>(lane.atLeast<T>(p, lane.splat<T>(LEAST)))",
        "called.log<T>(p)",
      ],
      "categorical cross-entropy: the gradient with its sign turned": [
        "return lane.neg<T>(lane.mul<T>(lane.div<T>(t,",
        "return (lane.mul<T>(lane.div<T>(t,",
      ],
      "categorical cross-entropy: what was there left in the gradient": ["zero(d + at, cols);", ""],
      "categorical cross-entropy: the sign of a label's gradient": [
        "store<f32>(d + hit, -(scale / probability));",
        "store<f32>(d + hit, scale / probability);",
      ],
    },
  },
  {
    file: "assembly/update.ts",
    tests: [test("optimizers")],
    changes: {
      "the tail left out": ["while (n > 0) {", "while (n > 3) {"],
      "the whole vector of a tail left out": ["n &= 7;", "n &= 3;"],
      "the gradient stays at the first vectors": ["      g += 2 * bytes;", ""],
      "the gradient stays at a tail's first vector": ["w += bytes;", "w += bytes, (g -= bytes);"],
      "the second slab stays at the first vectors": ["      v += 2 * bytes;", ""],
      "the largest squares stay at the first vectors": ["      x += 2 * bytes;", ""],
    },
  },
  {
    file: "assembly/optimizer.ts",
    tests: [test("optimizers")],
    changes: {
      "sgd uphill": [
        "update<Sgd>(w, g, 0, 0, 0, n, -rate, decay);",
        "update<Sgd>(w, g, 0, 0, 0, n, rate, decay);",
      ],
      "sgd without its decay": [
        "lane.write<T>(w, lane.madd<T>(minusRate, gradient, weight), part);",
        "lane.write<T>(w, lane.madd<T>(minusRate, lane.read<T>(g, part), weight), part);",
      ],
      "a velocity not kept": ["lane.write<T>(m, velocity, part);", ""],
      "a velocity without the input's factor": [
        "lane.madd<T>(momentum, lane.read<T>(m, part), lane.mul<T>(input, gradient))",
        "lane.madd<T>(momentum, lane.read<T>(m, part), gradient)",
      ],
      "momentum without Nesterov's part": [
        "lane.madd<T>(ofGradient, gradient, lane.mul<T>(ofVelocity, velocity))",
        "lane.mul<T>(ofVelocity, velocity)",
      ],
      "adam's mean of the gradients with the old one's factor": [
        "mean = lane.madd<T>(ofMean, lane.sub<T>(gradient, mean), mean);",
        "mean = lane.madd<T>(ofMean, gradient, mean);",
      ],
      "adam without a root": [
        "lane.div<T>(direction, lane.add<T>(lane.sqrt<T>(square), epsilon))",
        "lane.div<T>(direction, lane.add<T>(square, epsilon))",
      ],
      "adam without the gradient itself": [
        "lane.madd<T>(ofGradient, gradient, lane.mul<T>(rate, mean))",
        "lane.mul<T>(rate, mean)",
      ],
      "AMSGrad's largest square forgotten": ["square = lane.max<T>(square, lane.read<T>(x, part));", ""],
      "adam that loses means that stay": [
        "lane.write<T>(m, lane.or<T>(mean, still), part);",
        "lane.write<T>(m, mean, part);",
        bits,
      ],
      "adam that takes a mean for one that stays whatever its gradient": [
        "lane.and<T>(isLeast, lane.eq<T>(gradient, still))",
        "isLeast",
        bits,
      ],
      "adam with one mean too many that stays": [
        "return i32.MIN_VALUE + 2 * count;",
        "return i32.MIN_VALUE + 2 * count + 2;",
        bits,
      ],
      "adam whose step is not asked about means that stay": [
        "unmovedBy(max<f32>(abs<f32>(ofMean), abs<f32>(rate)))",
        "unmovedBy(abs<f32>(ofMean))",
        bits,
      ],
      "rmsprop centered at nothing": ["lane.sub<T>(square, lane.mul<T>(mean, mean))", "square"],
      "rmsprop without its momentum": ["step = lane.madd<T>(momentum, lane.read<T>(m, part), step);", ""],
      "rmsprop of the last square alone": [
        "lane.mul<T>(keepSquare, lane.read<T>(v, part))",
        "lane.splat<T>(0)",
      ],
      "rmsprop with epsilon under the root": [
        "let step = lane.div<T>(gradient, lane.add<T>(lane.sqrt<T>(square), epsilon));",
        "let step = lane.div<T>(gradient, lane.sqrt<T>(lane.add<T>(square, epsilon)));",
      ],
      "adadelta with its quotient upside down": [
        "lane.div<T>(lane.add<T>(steps, epsilon), lane.add<T>(square, epsilon))",
        "lane.div<T>(lane.add<T>(square, epsilon), lane.add<T>(steps, epsilon))",
      ],
      "adadelta that forgets its steps": [
        "lane.write<T>(m, lane.madd<T>(ofSquare, lane.sub<T>(lane.mul<T>(step, step), steps), steps), part);",
        "",
      ],
      "lion uphill": [
        "lane.select<T>(lane.lt<T>(zero, direction), rate, down)",
        "lane.select<T>(lane.lt<T>(direction, zero), rate, down)",
      ],
      "lion along the mean alone": [
        "const direction = lane.madd<T>(ofDirection, difference, mean);",
        "const direction = mean;",
      ],
      "lion without its decay": [
        "lane.sub<T>(lane.mul<T>(keep, lane.read<T>(w, part)), step)",
        "lane.sub<T>(lane.read<T>(w, part), step)",
      ],
      "adam without decoupled decay": [
        "lane.sub<T>(lane.mul<T>(keep, weight), step)",
        "lane.sub<T>(weight, step)",
      ],
    },
  },
  {
    file: "assembly/random.ts",
    tests: [test("elementwise"), test("regularization")],
    changes: {
      "another rotation": [
        "x1 = rotl<i32>(x1, odd ? 26 : 16) ^ x0;",
        "x1 = rotl<i32>(x1, odd ? 25 : 16) ^ x0;",
      ],
      "another rotation over lanes": ["x1 = drawn.round<T>(x0, x1, 26);", "x1 = drawn.round<T>(x0, x1, 25);"],
      "a key's words in another order over lanes": ["      a = c;", "      a = b;"],
      "never its own place": ["<f64>(i + 1)", "<f64>i"],
      "the first word left out": ["for (let i = n - 1; i > 0; i--) {", "for (let i = n - 1; i > 1; i--) {"],
      "the same counter for every vector": ["lane.splatBits<T>(block + key0)", "lane.splatBits<T>(key0)"],
      "the second word like the first": [
        "this.factor<T>(x1, <f32>scale, threshold)",
        "this.factor<T>(x0, <f32>scale, threshold)",
      ],
      "what does not fall out": [
        "lane.select<T>(drops, lane.splat<T>(0), lane.splat<T>(s))",
        "lane.splat<T>(s)",
      ],
      "what stays not scaled": ["lane.splat<T>(s));", "lane.splat<T>(1));"],
      "noise of half a circle": [
        "lane.mul<T>(distance, lane.or<T>(drawn.cosine<T>(z), sign))",
        "lane.mul<T>(distance, drawn.cosine<T>(z))",
      ],
      "noise of another spread": [
        "lane.mul<T>(lane.splat<T>(-2), math.log<T>(u))",
        "lane.mul<T>(lane.splat<T>(-1), math.log<T>(u))",
      ],
      "no tail": ["left < lane.width<T>() ? left : 0", "0"],
      "both words at one place": ["return block + (block & ~3);", "return block;"],
      "the last blocks left out": ["((n + 7) >> 3) << 2", "(n >> 3) << 2"],
      "the other uniform word alone": [
        "lane.fromWords<T>(x0, x1, scale)",
        "lane.fromWords<T>(x1, x1, scale)",
      ],
    },
  },
  {
    file: "assembly/regularization.ts",
    tests: [test("regularization")],
    changes: {
      "a penalty that pulls outwards": ["lane.or<T>(lane.and<T>(w, lane.splat<T>(-0.0)), ofSign)", "ofSign"],
      "half the square penalty": [
        "binary<Penalty>(w, g, g, n, l1, 2 * l2);",
        "binary<Penalty>(w, g, g, n, l1, l2);",
      ],
      "a penalty of zeros": ["lane.select<T>(lane.eq<T>(w, zero), zero, sign)", "sign"],
      "the square of a norm": ["lane.div<T>(lane.sqrt<T>(x), limit)", "lane.div<T>(x, limit)"],
      "short vectors made long": [
        "lane.max<T>(lane.div<T>(lane.sqrt<T>(x), limit), lane.splat<T>(1))",
        "lane.div<T>(lane.sqrt<T>(x), limit)",
      ],
    },
  },
];

/** How many of the rows of p[rows,cols] have their largest element at label[i] or, where t is not 0, where t[rows,cols] has it. */
export function correctByClass(p: usize, t: usize, label: usize, rows: i32, cols: i32): i32 {
  const stride = (<usize>cols) << 2;
  let correct = 0;
  for (let i = 0; i < rows; i++) {
    const expected = t ? argmax(t, cols) : load<i32>(label + ((<usize>i) << 2));
    correct += i32(argmax(p, cols) === expected);
    p += stride;
    if (t) t += stride;
  }
  return correct;
}

/** How many of the n predictions p lie on the side of `threshold` on which t lies of 0.5. */
export function correctByThreshold(p: usize, t: usize, n: i32, threshold: f32): i32 {
  let correct = 0;
  for (let i = 0; i < n; i++) {
    const at = (<usize>i) << 2;
    correct += i32(load<f32>(p + at) > threshold === load<f32>(t + at) > 0.5);
  }
  return correct;
}

/** The index of the first largest of x[n]. */
function argmax(x: usize, n: i32): i32 {
  let index = 0;
  let largest = load<f32>(x);
  for (let j = 1; j < n; j++) {
    const value = load<f32>(x + ((<usize>j) << 2));
    if (value > largest) {
      largest = value;
      index = j;
    }
  }
  return index;
}

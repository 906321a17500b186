import { math } from "./math";

/**
 * Functions of math.ts that stand once and are called: for loops that are not hot, where a copy in each would
 * only make the build larger.
 */
export class called {
  static expOfNegative<T>(x: T): T {
    return math.expOfNegative<T>(x);
  }

  static log<T>(x: T): T {
    return math.log<T>(x);
  }

  static log1p<T>(x: T): T {
    return math.log1p<T>(x);
  }

  static softplus<T>(x: T): T {
    return math.softplus<T>(x);
  }

  static sigmoid<T>(x: T): T {
    return math.sigmoid<T>(x);
  }
}

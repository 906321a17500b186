import { checkCount } from "../core/check.js";

/** How far a model has come in training: the random numbers of its next step depend on it. */
export interface Life {
  /** Epochs begun before this one. */
  readonly epoch: number;
  /** Steps taken in this epoch. */
  readonly step: number;
  /** The step whose numbers the next step draws instead, after a step that was named. */
  readonly named?: number | undefined;
}

/** @internal The life in a file. @throws ValueError for counts out of range */
export function lifeFrom(who: string, life: Partial<Life> | undefined): Life {
  const { epoch, step, named } = life ?? {};
  checkCount(who, "life.epoch", epoch, 0);
  checkCount(who, "life.step", step, 0);
  if (named !== undefined) checkCount(who, "life.named", named, 0);
  return { epoch, step, named };
}

/** Points that a curve has at most. */
const MOST = 1000;

/** The losses of rounds: each point is the mean over `every` rounds. */
export interface Curve {
  readonly every: number;
  readonly losses: readonly number[];
  /** Rounds of the point that is not whole yet. */
  readonly open: readonly number[];
}

export const noRounds: Curve = { every: 1, losses: [], open: [] };

/** A curve with one more round. Where it is full, it has half as many points for twice as many rounds. */
export function withRound({ every, losses, open }: Curve, loss: number): Curve {
  const rounds = [...open, loss];
  if (rounds.length < every) return { every, losses, open: rounds };
  const points = [...losses, meanOf(rounds)];
  if (points.length < MOST) return { every, losses: points, open: [] };
  const pairs = Array.from({ length: MOST / 2 }, (_, i) => meanOf(points.slice(2 * i, 2 * i + 2)));
  return { every: 2 * every, losses: pairs, open: [] };
}

/** Where `every` is above 1 and rounds are left over, they are a last point of their own. */
export const pointsOf = ({ losses, open }: Curve): number[] =>
  [...losses, ...(open.length > 0 ? [meanOf(open)] : [])].map((loss) => Number(loss.toPrecision(6)));

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

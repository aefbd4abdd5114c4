// A figure against that of the period before. Pure.
export type Meaning = "better" | "worse" | "neutral";
/** What more of a figure means. */
export type MoreIs = Meaning;
export type Change =
  /** Nothing to compare with: no requests before, or one of the two is not known. */
  | { kind: "none" }
  | { kind: "same" }
  | {
      kind: "up" | "down";
      /** Relative, or for shares the difference; always positive. Undefined: from nothing to something. */
      by: number | undefined;
      points: boolean;
      meaning: Meaning;
    };

const opposite: Record<Meaning, Meaning> = { better: "worse", worse: "better", neutral: "neutral" };
const hardlyRelative = 0.005;
const hardlyPoints = 0.0005;

export type Compared = { now: number | undefined; before: number | undefined; moreIs: MoreIs; points?: boolean };

export function changeOf({ now, before, moreIs, points = false }: Compared): Change {
  if (now === undefined || before === undefined) return { kind: "none" };
  const difference = now - before;
  const relative = before === 0 ? undefined : Math.abs(difference / before);
  const by = points ? Math.abs(difference) : relative;
  if (difference === 0 || (by !== undefined && by < (points ? hardlyPoints : hardlyRelative))) return { kind: "same" };
  const up = difference > 0;
  return { kind: up ? "up" : "down", by, points, meaning: up ? moreIs : opposite[moreIs] };
}

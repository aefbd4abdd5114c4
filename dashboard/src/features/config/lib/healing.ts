// How a score heals: ARCHITECTURE.md, "Health".

/** 1 sound, towards 0 the worse. */
export function healthOf(score: number): number {
  return 1 / (1 + 0.2 * score);
}

export interface HealingPoint {
  ms: number;
  health: number;
}

/** Health after one failure with a penalty, without any traffic, over four half-lives. */
export function healing(penalty: number, halfLifeMs: number, points = 48): HealingPoint[] {
  const span = halfLifeMs * 4;
  return Array.from({ length: points + 1 }, (_, i) => {
    const ms = (span * i) / points;
    return { ms, health: healthOf(penalty * 2 ** (-ms / halfLifeMs)) };
  });
}

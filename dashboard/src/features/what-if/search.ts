export const recordLimits = [1_000, 10_000, 100_000] as const;
export type RecordLimit = (typeof recordLimits)[number];

export interface WhatIfSearch {
  /** A saved revision to try; absent: the unsaved configuration. */
  revision?: number;
  max?: RecordLimit;
}

export function parseSearch(raw: Record<string, unknown>): WhatIfSearch {
  const number = Number(raw.revision);
  const revision = Number.isSafeInteger(number) && number > 0 ? number : undefined;
  const max = recordLimits.find((limit) => limit === Number(raw.max));
  return { ...(revision ? { revision } : {}), ...(max ? { max } : {}) };
}

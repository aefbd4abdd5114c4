export interface PlaygroundSearch {
  /** A recorded request to begin with. */
  record?: string;
  /** The model to ask first. */
  model?: string;
}

const word = (value: unknown): string | undefined => (typeof value === "string" && value !== "" && value.length <= 256 ? value : undefined);

export function parseSearch(raw: Record<string, unknown>): PlaygroundSearch {
  const record = word(raw.record);
  const model = word(raw.model);
  return { ...(record ? { record } : {}), ...(model ? { model } : {}) };
}

export interface ConfigSearch {
  /** Path of the field to show, as problems name it: providers[1].base_url */
  field?: string | undefined;
  /** Of the history: the revision to look at, and the one to compare it with. */
  revision?: number | undefined;
  against?: number | undefined;
}

function revisionOf(value: unknown): number | undefined {
  const number = typeof value === "string" ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

export function parseSearch(raw: Record<string, unknown>): ConfigSearch {
  const field = typeof raw.field === "string" && /^[\w.\-[\]/ ]{1,300}$/.test(raw.field) ? raw.field : undefined;
  const revision = revisionOf(raw.revision);
  const against = revisionOf(raw.against);
  return {
    ...(field === undefined ? {} : { field }),
    ...(revision === undefined ? {} : { revision }),
    ...(against === undefined ? {} : { against }),
  };
}

/** The sections of the configuration page, as they stand in its URL. */
export const configSections = [
  "tiers",
  "providers",
  "model-map",
  "models",
  "router",
  "retry",
  "health",
  "params",
  "general",
  "history",
  "yaml",
] as const;

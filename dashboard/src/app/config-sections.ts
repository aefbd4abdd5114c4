/** The sections of the configuration page, as they stand in its URL. */
export const configSections = ["tiers", "router", "providers", "models", "retry", "health", "params", "general", "history", "yaml"] as const;

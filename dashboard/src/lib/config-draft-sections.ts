export const SECTIONS = ["tiers", "router", "providers", "models", "retry", "health", "params", "general"] as const;
export type Section = (typeof SECTIONS)[number];

const OF_FIELD: Record<string, Section> = {
  providers: "providers",
  default_provider: "providers",
  model_map: "models",
  models: "models",
  tiers: "tiers",
  router: "router",
  retry: "retry",
  health: "health",
  params: "params",
};

/** The section of the configuration page that shows the field at a path. */
export function sectionOfPath(path: string): Section {
  return OF_FIELD[/^[a-z_]+/.exec(path)?.[0] ?? ""] ?? "general";
}

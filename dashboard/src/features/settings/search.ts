export const sections = ["account", "two-factor", "sessions", "users", "tokens", "language-and-appearance", "about"] as const;
export type Section = (typeof sections)[number];

// The section stands in the path; nothing else of this page is worth a link.
export type SettingsSearch = Record<never, never>;

export function parseSearch(_raw: Record<string, unknown>): SettingsSearch {
  return {};
}

const adminsOnly: readonly Section[] = ["users", "tokens"];

/** Viewers have nothing to see where others' accounts are managed. */
export function sectionsFor(isAdmin: boolean): readonly Section[] {
  return isAdmin ? sections : sections.filter((section) => !adminsOnly.includes(section));
}

export function parseSection(raw: unknown): Section | undefined {
  return sections.find((section) => section === raw);
}

import { SECTIONS } from "@/lib/config-draft-sections";

/** The sections of the configuration page, as they stand in its URL. */
export const configSections = [...SECTIONS, "history", "yaml"] as const;

// Where this tab keeps a configuration nobody has saved yet. Apart from the draft itself, so that pages which only want to know whether
// there is one need not load it.
export const draftStorageKey = "smartroute.config-draft";
/** Goes to the window whenever the draft was kept or let go. */
export const draftKeptEvent = "smartroute:draft-kept";

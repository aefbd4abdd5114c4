/** Names of all npm packages of which a built dashboard may hold a part, in order. */
export function shippedPackages(folder?: string): string[];

/** Their licences, as Markdown. Throws where a package does not say. */
export function thirdPartyNotices(folder?: string): string;

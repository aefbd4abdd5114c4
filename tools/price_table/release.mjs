// When a version of the catalogue was released, as its registry says; the package itself does not. A new pin needs its line.
const kReleases = { "0.1.8": "2026-09-23" };

export function release_of(version) {
  const date = kReleases[version];
  if (!date) throw new Error(`the release date of genai-prices ${version} is not in tools/price_table/release.mjs`);
  return date;
}

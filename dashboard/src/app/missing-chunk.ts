/** A part of the page that is not there any more: another version was installed since this one was loaded. */
export function isMissingChunk(error: unknown): boolean {
  const text = error instanceof Error ? error.message : String(error);
  return /dynamically imported module|importing a module script|error loading dynamically|unable to preload css/i.test(text);
}

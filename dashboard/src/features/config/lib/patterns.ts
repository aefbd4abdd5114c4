export type PatternFault = "lookaround" | "backreference" | "empty" | "syntax";

/** An entry /like this/ is a pattern, anything else is words. */
export function isPattern(keyword: string): boolean {
  return keyword.length > 2 && keyword.startsWith("/") && keyword.endsWith("/");
}

// What RE2 knows and JavaScript does not: then only the control plane can tell.
const ONLY_RE2 = /\(\?[imsU-]+[:)]|\(\?P<|\\[AzQECp]|\[\[:|\\x\{/;

/** What is wrong with an RE2 pattern, as far as a browser can tell. */
export function patternFault(body: string): PatternFault | undefined {
  if (/\(\?<?[=!]/.test(body)) return "lookaround";
  if (/(?<!\\)(?:\\\\)*\\[1-9]/.test(body)) return "backreference";
  if (ONLY_RE2.test(body)) return undefined;
  try {
    return new RegExp(body, "i").test("") ? "empty" : undefined;
  } catch {
    return "syntax";
  }
}

export function keywordFault(keyword: string): PatternFault | undefined {
  return isPattern(keyword) ? patternFault(keyword.slice(1, -1)) : undefined;
}

/** Entries out of typed or pasted text: one a line; what is there already is left out. */
export function addEntries(entries: readonly string[], text: string): string[] {
  const fresh = text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "");
  return [...new Set([...entries, ...fresh])];
}

export interface UnifiedLine {
  kind: "added" | "removed" | "same" | "gap";
  text: string;
  before?: number;
  after?: number;
}

/** The lines of a unified diff, with their numbers in both texts. */
export function parseUnified(text: string): UnifiedLine[] {
  const out: UnifiedLine[] = [];
  let before = 0;
  let after = 0;
  let inside = false;
  for (const line of text.replace(/\n$/, "").split("\n")) {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line);
    if (hunk) {
      before = Number(hunk[1]);
      after = Number(hunk[2]);
      if (inside || before > 1) out.push({ kind: "gap", text: "" });
      inside = true;
    } else if (!inside || line.startsWith("\\")) {
      continue;
    } else if (line.startsWith("+")) {
      out.push({ kind: "added", text: line.slice(1), after: after++ });
    } else if (line.startsWith("-")) {
      out.push({ kind: "removed", text: line.slice(1), before: before++ });
    } else {
      out.push({ kind: "same", text: line.slice(1), before: before++, after: after++ });
    }
  }
  return out;
}

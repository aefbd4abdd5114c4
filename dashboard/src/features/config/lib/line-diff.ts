const MOST_LINES = 4_000;
const CONTEXT = 3;

interface Edit {
  mark: " " | "-" | "+";
  text: string;
}

/** Line by line by their longest common run: what went, what came, what stayed. */
function edits(before: string[], after: string[]): Edit[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  const [a, b] = [before.slice(start, before.length - end), after.slice(start, after.length - end)];
  const keep = (lines: string[]): Edit[] => lines.map((text) => ({ mark: " ", text }));
  return [...keep(before.slice(0, start)), ...middle(a, b), ...keep(before.slice(before.length - end))];
}

function middle(a: string[], b: string[]): Edit[] {
  if (a.length > MOST_LINES || b.length > MOST_LINES || a.length * b.length > 4_000_000) {
    return [...a.map((text): Edit => ({ mark: "-", text })), ...b.map((text): Edit => ({ mark: "+", text }))];
  }
  const width = b.length + 1;
  const runs = new Uint32Array((a.length + 1) * width);
  const run = (i: number, j: number) => runs[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) runs[i * width + j] = a[i] === b[j] ? run(i + 1, j + 1) + 1 : Math.max(run(i + 1, j), run(i, j + 1));
  }
  const out: Edit[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push({ mark: " ", text: a[i] ?? "" });
      i += 1;
      j += 1;
    } else if (i < a.length && (j >= b.length || run(i + 1, j) >= run(i, j + 1))) {
      out.push({ mark: "-", text: a[i++] ?? "" });
    } else {
      out.push({ mark: "+", text: b[j++] ?? "" });
    }
  }
  return out;
}

const linesOf = (text: string) => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));

/** A unified diff of two texts; empty if they are the same. */
export function unifiedOf(before: string, after: string): string {
  const all = edits(linesOf(before), linesOf(after));
  const near = all.map((_, i) => all.slice(Math.max(0, i - CONTEXT), i + CONTEXT + 1).some((edit) => edit.mark !== " "));
  let out = "";
  let [old, now] = [1, 1];
  all.forEach((edit, i) => {
    if (near[i] && !near[i - 1]) out += `@@ -${old} +${now} @@\n`;
    if (near[i]) out += `${edit.mark}${edit.text}\n`;
    if (edit.mark !== "+") old += 1;
    if (edit.mark !== "-") now += 1;
  });
  return out;
}

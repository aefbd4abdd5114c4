// Answers are shown as text. Only fenced code is told apart, so that it can keep its lines and be copied alone.

export type TextBlock = { kind: "text"; text: string } | { kind: "code"; language: string; text: string; open: boolean };

const fence = /^ {0,3}(`{3,}|~{3,})[ \t]*([^`]*)$/;

function closes(line: string, opener: string): boolean {
  const trimmed = line.trim();
  return trimmed.length >= opener.length && trimmed === opener.charAt(0).repeat(trimmed.length);
}

export function textBlocks(text: string): TextBlock[] {
  const out: TextBlock[] = [];
  let plain: string[] = [];
  let code: { opener: string; language: string; lines: string[] } | undefined;
  const flush = () => {
    const joined = plain.join("\n").replace(/^\n+|\n+$/g, "");
    if (joined.trim() !== "") out.push({ kind: "text", text: joined });
    plain = [];
  };
  for (const line of text.split("\n")) {
    if (code) {
      if (closes(line, code.opener)) {
        out.push({ kind: "code", language: code.language, text: code.lines.join("\n"), open: false });
        code = undefined;
      } else {
        code.lines.push(line);
      }
      continue;
    }
    const opened = fence.exec(line);
    if (!opened) {
      plain.push(line);
      continue;
    }
    flush();
    code = { opener: opened[1] ?? "```", language: (opened[2] ?? "").trim().split(/\s/)[0] ?? "", lines: [] };
  }
  if (code) out.push({ kind: "code", language: code.language, text: code.lines.join("\n"), open: true });
  flush();
  return out;
}

export type TextPiece = { code: boolean; text: string };

/** `Inline code` inside a line of text; everything else stays as it was written. */
export function inlinePieces(text: string): TextPiece[] {
  const out: TextPiece[] = [];
  let from = 0;
  for (const match of text.matchAll(/`([^`\n]+)`/g)) {
    if (match.index > from) out.push({ code: false, text: text.slice(from, match.index) });
    out.push({ code: true, text: match[1] ?? "" });
    from = match.index + match[0].length;
  }
  if (from < text.length) out.push({ code: false, text: text.slice(from) });
  return out;
}

// What is counted: text that lies in this repository, in documents of the size of a long message.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(fileURLToPath(new URL("../../../", import.meta.url)));
const documentBytes = 8 * 1024;
const corpusBytes = 2 * 1024 * 1024;

const read = (file) => readFileSync(join(root, file), "utf8");
const tracked = (...globs) => execFileSync("git", ["ls-files", ...globs], { cwd: root, encoding: "utf8" }).trim().split("\n");

// The prompts of the router's training set: tier, language, topic, text with \n for line breaks.
function prompts(languages) {
  const rows = tracked("tools/router_lab/prompts/*.tsv").flatMap((file) => read(file).split("\n"));
  return rows
    .map((row) => row.split("\t"))
    .filter((row) => row.length >= 4 && languages.includes(row[1]))
    .map((row) => row.slice(3).join("\t").replaceAll("\\n", "\n").replaceAll("\\t", "\t"));
}

const lorem = (pieces) => {
  const documents = [];
  let bytes = 0;
  while (bytes < corpusBytes)
    for (let i = 0, text = ""; i < pieces.length && bytes < corpusBytes; ++i) {
      text += pieces[i] + "\n\n";
      const size = Buffer.byteLength(text);
      if (size < documentBytes && i + 1 < pieces.length) continue;
      documents.push(text);
      bytes += size;
      text = "";
    }
  return documents;
};

const paragraphs = (files) => files.flatMap((file) => read(file).split("\n\n"));

function chat() {
  const [en, zh] = [prompts(["en"]), prompts(["zh"])];
  const code = paragraphs(tracked("tools/cli/*.cpp"));
  return en.map((text, i) => {
    const messages = [
      { role: "system", content: "You are a helpful assistant. Answer briefly; use Markdown." },
      { role: "user", content: text },
      { role: "assistant", content: `Sure! Here's what you asked for 😊:\n\n\`\`\`cpp\n${code[i % code.length]}\n\`\`\`\n\n**Note:** it's ${i * 37}% faster — don't forget the tests.` },
      { role: "user", content: zh[i % zh.length] },
    ];
    return messages.map((m) => `${m.role}\n${m.content}`).join("\n");
  });
}

export const corpora = () => ({
  English: lorem([...paragraphs(["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "tests/chaos/README.md"]), ...prompts(["en"])]),
  Chinese: lorem([...paragraphs(["README.zh-CN.md"]), ...prompts(["zh"])]),
  code: lorem(paragraphs(tracked("dataplane/*.cpp", "dataplane/*.hpp", "tests/*.mjs", "proto/*.proto"))),
  "mixed chat": lorem(chat()),
});

// Texts that are slow where a counter's work grows faster than the text.
const noise = (n, alphabet) => {
  let state = 12345, text = "";
  for (let i = 0; i < n; ++i) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    text += alphabet[(state >>> 16) % alphabet.length];
  }
  return text;
};
export const hostile = {
  '"aaaa…"': (n) => "a".repeat(n),
  blanks: (n) => " ".repeat(n),
  "line breaks and blanks": (n) => "\n ".repeat(n / 2),
  digits: (n) => "7".repeat(n),
  "random small letters": (n) => noise(n, "abcdefghijklmnopqrstuvwxyz"),
  "CamelCase without an end": (n) => "中" + "A".repeat(n - 3),
  "equals signs": (n) => "=".repeat(n),
  "random bytes (not UTF-8)": (n) => Buffer.from(noise(n, Array.from({ length: 256 }, (_, i) => String.fromCharCode(i))), "latin1"),
};

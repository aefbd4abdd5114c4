// The answer every provider of these tests gives: sixty tokens, some of more than one byte, no two of them alike.
const words = ["plain", "grüße", "你好", "👋", '"quoted"'];
export const tokens = Array.from({ length: 60 }, (_, i) => `${i > 0 ? " " : ""}${words[i % words.length]}${i}`);
export const canonical = tokens.join("");

// True for the first n tokens, whatever n: whole tokens, nothing else, nothing twice.
export function isWholePrefix(text) {
  let length = 0;
  for (const token of tokens) {
    if (length >= text.length) break;
    length += token.length;
  }
  return length === text.length && canonical.startsWith(text);
}

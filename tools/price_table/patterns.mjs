// Regular expressions of the catalogue as plain tests that need no regular expression engine. Only the simple ones: anchored at the
// start, with a finite number of spellings. Whatever else is met ends the build, so that nobody is charged by a rule that was misread.

const kMostSpellings = 64;
const kDigit = "#"; // one decimal digit
const kAny = "*"; // any characters but a slash

class Reader {
  constructor(source) {
    this.source = source;
    this.at = 0;
  }
  fail(why) {
    throw new Error(`the pattern ${this.source} is not simple: ${why} at ${this.at}`);
  }
  done() {
    return this.at >= this.source.length;
  }
  peek(text) {
    return this.source.startsWith(text, this.at);
  }
  take(text) {
    if (!this.peek(text)) return false;
    this.at += text.length;
    return true;
  }
  match(expression) {
    expression.lastIndex = this.at;
    const found = expression.exec(this.source);
    if (found) this.at += found[0].length;
    return found;
  }
}

function cross(left, right, reader) {
  const all = left.flatMap((a) => right.map((b) => a + b));
  if (all.length > kMostSpellings) reader.fail("too many spellings");
  return all;
}

// "a|b|c" up to a closing parenthesis or the end: every text it stands for.
function alternatives(reader) {
  const all = [];
  do all.push(...sequence(reader));
  while (reader.take("|"));
  return all;
}

function sequence(reader) {
  let texts = [""];
  while (!reader.done() && !reader.peek("|") && !reader.peek(")")) texts = cross(texts, piece(reader), reader);
  return texts;
}

function piece(reader) {
  const texts = atom(reader);
  if (reader.take("?")) return [...texts, ""];
  const times = reader.match(/\{(\d)\}/y);
  if (times) return texts.map((text) => text.repeat(Number(times[1])));
  if (reader.match(/[*+{]/y)) reader.fail("a repetition");
  return texts;
}

function atom(reader) {
  if (reader.match(/\.\*|\[\^[./]\][*+]|\[a-z0-9-\]\+/y)) return [kAny];
  if (reader.take("\\d")) return [kDigit];
  if (reader.take("$")) return ["$"];
  if (reader.take("(?:") || (!reader.peek("(?") && reader.take("("))) {
    const texts = alternatives(reader);
    if (!reader.take(")")) reader.fail("an open group");
    return texts;
  }
  const set = reader.match(/\[([A-Za-z0-9]+)\]/y);
  if (set) return [...new Set(set[1].toLowerCase())];
  const escaped = reader.match(/\\([.[\]\/-])/y);
  if (escaped) return [escaped[1]];
  const plain = reader.match(/[A-Za-z0-9@:\/_=~-]/y);
  if (plain) return [plain[0].toLowerCase()];
  return reader.fail("something unknown");
}

// What a pattern stands for, in lower case; "$" can only be the last character of a text, and says that nothing follows.
function spellings(reader) {
  const texts = [...new Set(alternatives(reader))];
  if (!reader.done()) reader.fail("an odd parenthesis");
  if (texts.some((text) => text.slice(0, -1).includes("$"))) reader.fail("an end in the middle");
  return texts;
}

// "(?!.*X)" and "(?![^/]+/)" behind the "^": what a name must not have.
function exclusions(reader) {
  if (reader.take("(?![^/]+/)")) return [{ test: "Lacks", text: "/" }];
  if (!reader.take("(?!.*")) return [];
  const inner = new Reader(reader.source);
  inner.at = reader.at;
  const texts = alternatives(inner);
  reader.at = inner.at;
  if (!reader.take(")")) reader.fail("an open group");
  return texts.map((text) =>
    text.endsWith("$") ? { test: "LacksEnd", text: text.slice(0, -1) } : { test: "Lacks", text });
}

function test_of(text) {
  const whole = text.endsWith("$");
  const rest = whole ? text.slice(0, -1) : text;
  if (rest.includes(kAny)) throw new Error(`the pattern ${text} holds a wildcard`);
  if (rest.includes(kDigit)) return { test: whole ? "Shape" : "ShapeStart", text: rest };
  return { test: whole ? "Equals" : "StartsWith", text: rest };
}

// A list of lists of {test, text}: one of the lists must hold, with all it has.
export function tests_of_pattern(source) {
  const reader = new Reader(source);
  if (!reader.take("^")) reader.fail("no anchor");
  const without = exclusions(reader);
  if (reader.done()) return [without];
  return spellings(reader).map((text) => [...without, test_of(text)]);
}

// The addresses {host, path} of an api_pattern. They are held to be whole: "https://api\.openai\.com" is not api.openai.com.example, nor is a
// path prefix the beginning of a longer name. Each may hold one "*".
export function addresses_of_pattern(source) {
  const found = new Map();
  for (const text of spellings(new Reader(source))) {
    const bare = text.replace(/\$$/, "").replace(/^https?:\/\//, "").replace(/\/$/, "");
    const slash = bare.indexOf("/");
    const host = (slash < 0 ? bare : bare.slice(0, slash)).replace(/\.$/, `.${kAny}`);
    const path = slash < 0 ? "" : bare.slice(slash);
    for (const part of [host, path])
      if (part.includes(kDigit) || part.split(kAny).length > 2) throw new Error(`the address ${text} of ${source} is not simple`);
    if (host.split(".").length < 2) throw new Error(`the address ${text} of ${source} has no host`);
    found.set(`${host} ${path}`, { host, path });
  }
  return [...found.values()];
}

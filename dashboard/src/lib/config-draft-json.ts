// JSON whose text matters: objects that go to a provider keep their numbers, order and nesting as written, so they are
// read and laid out by scanning, never by a round trip through JavaScript numbers.

export interface JsonFault {
  offset: number;
  line: number;
  column: number;
  kind: "empty" | "unexpected" | "unfinished" | "string" | "number" | "key" | "duplicate" | "depth" | "trailing";
}

export interface Slice {
  path: string[];
  start: number;
  end: number;
}

const MOST_DEPTH = 100;
const SPACE = /[ \t\r\n]/;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

class Fault extends Error {
  readonly kind: JsonFault["kind"];
  readonly offset: number;
  constructor(kind: JsonFault["kind"], offset: number) {
    super(kind);
    this.kind = kind;
    this.offset = offset;
  }
}

/** Walks a JSON text once; tells of each value where it stands. */
class Scanner {
  at = 0;
  private readonly path: string[] = [];
  readonly text: string;
  private readonly visit: (slice: Slice) => void;

  constructor(text: string, visit: (slice: Slice) => void) {
    this.text = text;
    this.visit = visit;
  }

  document() {
    this.space();
    if (this.at >= this.text.length) throw new Fault("empty", this.at);
    this.value();
    this.space();
    if (this.at < this.text.length) throw new Fault("trailing", this.at);
  }

  private space() {
    while (this.at < this.text.length && SPACE.test(this.text.charAt(this.at))) this.at += 1;
  }

  private value() {
    if (this.path.length > MOST_DEPTH) throw new Fault("depth", this.at);
    const start = this.at;
    const first = this.text.charAt(start);
    if (first === "{") this.object();
    else if (first === "[") this.array();
    else if (first === '"') this.string();
    else if (first === "-" || (first >= "0" && first <= "9")) this.number();
    else this.word();
    this.visit({ path: [...this.path], start, end: this.at });
  }

  private object() {
    const seen = new Set<string>();
    this.at += 1;
    this.space();
    if (this.take("}")) return;
    for (;;) {
      this.space();
      const start = this.at;
      if (this.text.charAt(start) !== '"') throw new Fault(this.rest() ? "key" : "unfinished", start);
      this.string();
      const key = JSON.parse(this.text.slice(start, this.at)) as string;
      if (seen.has(key)) throw new Fault("duplicate", start);
      seen.add(key);
      this.space();
      if (!this.take(":")) throw new Fault(this.rest() ? "unexpected" : "unfinished", this.at);
      this.space();
      this.path.push(key);
      this.value();
      this.path.pop();
      this.space();
      if (this.take("}")) return;
      if (!this.take(",")) throw new Fault(this.rest() ? "unexpected" : "unfinished", this.at);
    }
  }

  private array() {
    this.at += 1;
    this.space();
    if (this.take("]")) return;
    for (let index = 0; ; index += 1) {
      this.space();
      this.path.push(String(index));
      this.value();
      this.path.pop();
      this.space();
      if (this.take("]")) return;
      if (!this.take(",")) throw new Fault(this.rest() ? "unexpected" : "unfinished", this.at);
    }
  }

  private string() {
    const start = this.at;
    for (this.at += 1; this.at < this.text.length; ) {
      const c = this.text.charAt(this.at);
      if (c === '"') {
        this.at += 1;
        return;
      }
      if (c < " ") throw new Fault("string", this.at);
      if (c === "\\") {
        ESCAPE.lastIndex = this.at;
        const escape = ESCAPE.exec(this.text);
        if (!escape) throw new Fault("string", this.at);
        this.at += escape[0].length;
      } else {
        this.at += 1;
      }
    }
    throw new Fault("unfinished", start);
  }

  private number() {
    NUMBER.lastIndex = this.at;
    const number = NUMBER.exec(this.text);
    if (!number) throw new Fault("number", this.at);
    this.at += number[0].length;
    if (/[\w.+]/.test(this.text.charAt(this.at))) throw new Fault("number", this.at - number[0].length);
  }

  private word() {
    for (const word of ["true", "false", "null"]) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return;
      }
    }
    throw new Fault(this.rest() ? "unexpected" : "unfinished", this.at);
  }

  private take(c: string): boolean {
    if (this.text.charAt(this.at) !== c) return false;
    this.at += 1;
    return true;
  }

  private rest(): boolean {
    return this.at < this.text.length;
  }
}

function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}

/** What is wrong with a JSON text, and where; nothing if it is sound. */
export function jsonFault(text: string): JsonFault | undefined {
  try {
    new Scanner(text, () => undefined).document();
    return undefined;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { kind: error.kind, offset: error.offset, ...placeOf(text, error.offset) };
  }
}

/** Where each value of a sound JSON text stands. Throws where it is not sound. */
export function jsonSlices(text: string): Slice[] {
  const slices: Slice[] = [];
  new Scanner(text, (slice) => slices.push(slice)).document();
  return slices;
}

/** The names of the members of a JSON object, as far as the text is one. */
export function jsonKeys(text: string): string[] {
  if (jsonFault(text)) return [];
  return jsonSlices(text)
    .filter((slice) => slice.path.length === 1)
    .map((slice) => slice.path[0] ?? "");
}

/** The same tokens with other space between them: on one line (indent 0), or one member a line. */
export function layOutJson(text: string, indent: number, outer = 0): string {
  let out = "";
  let depth = 0;
  const line = () => (indent === 0 ? "" : `\n${" ".repeat(outer + depth * indent)}`);
  const token = /"(?:\\.|[^"\\])*"|[{}[\],:]|[^\s{}[\],:"]+/gs;
  const tokens = text.match(token) ?? [];
  tokens.forEach((part, i) => {
    const next = tokens[i + 1];
    if (part === "{" || part === "[") {
      depth += 1;
      out += part;
      if (next !== "}" && next !== "]") out += line();
    } else if (part === "}" || part === "]") {
      depth -= 1;
      const before = tokens[i - 1];
      out += before === "{" || before === "[" ? part : line() + part;
    } else if (part === ",") {
      out += part + (indent === 0 ? "" : line());
    } else if (part === ":") {
      out += indent === 0 ? part : ": ";
    } else {
      out += part;
    }
  });
  return out;
}

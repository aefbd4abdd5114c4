// The newest lines, in columns: numbers in typed arrays, names as numbers, texts as they came.
// Bounded in lines and in characters, whatever comes.
import { type Level, levels } from "../search";
import { Names } from "./names";

export const lineCapacity = 50_000;
export const maxChars = 24_000_000;
export const maxLineChars = 8_192;

export type Line = {
  /** Counts from the first line that ever came; names a line for as long as it is kept. */
  seq: number;
  atMs: number;
  level: Level | "";
  source: string;
  request: boolean;
  text: string;
  tier: string;
  model: string;
  status: number;
  requestId: string;
  recordId: string;
};
export type NewLine = Omit<Line, "seq">;

const levelNumber = new Map<string, number>(levels.map((level, index) => [level, index + 1]));

export class LineBuffer {
  readonly capacity: number;
  readonly #maxChars: number;
  readonly #at: Float64Array;
  readonly #level: Uint8Array;
  readonly #flags: Uint8Array;
  readonly #status: Uint16Array;
  readonly #source: Uint32Array;
  readonly #model: Uint32Array;
  readonly #text: string[];
  readonly #ids: string[];
  #sources = new Names();
  #models = new Names();
  #first = 0;
  #end = 0;
  #chars = 0;

  constructor(capacity = lineCapacity, most = maxChars) {
    this.capacity = capacity;
    this.#maxChars = most;
    this.#at = new Float64Array(capacity);
    this.#level = new Uint8Array(capacity);
    this.#flags = new Uint8Array(capacity);
    this.#status = new Uint16Array(capacity);
    this.#source = new Uint32Array(capacity);
    this.#model = new Uint32Array(capacity);
    this.#text = new Array<string>(capacity).fill("");
    // Both ids of a line in one string: most lines of a log have neither.
    this.#ids = new Array<string>(capacity).fill("");
  }

  /** Lines [first, end) are kept. */
  get first(): number {
    return this.#first;
  }
  get end(): number {
    return this.#end;
  }
  get size(): number {
    return this.#end - this.#first;
  }
  get sources(): Names {
    return this.#sources;
  }
  get models(): Names {
    return this.#models;
  }

  push(line: NewLine): void {
    const text = line.text.length > maxLineChars ? `${line.text.slice(0, maxLineChars)}…` : line.text;
    const ids = line.requestId === "" && line.recordId === "" ? "" : `${line.requestId.slice(0, 256)}\n${line.recordId.slice(0, 256)}`;
    const chars = text.length + ids.length;
    while (this.size > 0 && (this.size >= this.capacity || this.#chars + chars > this.#maxChars)) this.#dropFirst();
    const at = this.#end % this.capacity;
    this.#at[at] = line.atMs;
    this.#level[at] = levelNumber.get(line.level) ?? 0;
    this.#flags[at] = (line.request ? 1 : 0) | (tierNumber(line.tier) << 1);
    this.#status[at] = line.status;
    this.#source[at] = this.#sources.take(line.source.slice(0, 256));
    this.#model[at] = this.#models.take(line.model.slice(0, 256));
    this.#text[at] = text;
    this.#ids[at] = ids;
    this.#chars += chars;
    ++this.#end;
  }

  clear(): void {
    while (this.size > 0) this.#dropFirst();
  }

  #dropFirst(): void {
    const at = this.#first % this.capacity;
    this.#chars -= (this.#text[at] ?? "").length + (this.#ids[at] ?? "").length;
    this.#sources.drop(this.#source[at] ?? 0);
    this.#models.drop(this.#model[at] ?? 0);
    this.#text[at] = "";
    this.#ids[at] = "";
    ++this.#first;
  }

  levelAt(seq: number): number {
    return this.#level[seq % this.capacity] ?? 0;
  }
  isRequest(seq: number): boolean {
    return ((this.#flags[seq % this.capacity] ?? 0) & 1) === 1;
  }
  tierAt(seq: number): number {
    return (this.#flags[seq % this.capacity] ?? 0) >> 1;
  }
  sourceAt(seq: number): string {
    return this.#sources.of(this.#source[seq % this.capacity] ?? 0);
  }
  modelAt(seq: number): string {
    return this.#models.of(this.#model[seq % this.capacity] ?? 0);
  }
  textAt(seq: number): string {
    return this.#text[seq % this.capacity] ?? "";
  }

  /** Undefined: it is not kept (any more). */
  line(seq: number): Line | undefined {
    if (seq < this.#first || seq >= this.#end) return undefined;
    const at = seq % this.capacity;
    const [requestId = "", recordId = ""] = (this.#ids[at] ?? "").split("\n");
    const tier = this.tierAt(seq);
    const level = levels[this.levelAt(seq) - 1] ?? "";
    return {
      seq,
      atMs: this.#at[at] ?? 0,
      level,
      source: this.sourceAt(seq),
      request: this.isRequest(seq),
      text: this.textAt(seq),
      tier: tier === 0 ? "" : `t${tier}`,
      model: this.modelAt(seq),
      status: this.#status[at] ?? 0,
      requestId,
      recordId,
    };
  }

  /** As it is now, however it goes on. The texts are shared. */
  copy(): LineBuffer {
    const copy = new LineBuffer(this.capacity, this.#maxChars);
    copy.#at.set(this.#at);
    copy.#level.set(this.#level);
    copy.#flags.set(this.#flags);
    copy.#status.set(this.#status);
    copy.#source.set(this.#source);
    copy.#model.set(this.#model);
    for (let at = 0; at < this.capacity; ++at) {
      copy.#text[at] = this.#text[at] ?? "";
      copy.#ids[at] = this.#ids[at] ?? "";
    }
    copy.#sources = this.#sources.copy();
    copy.#models = this.#models.copy();
    copy.#first = this.#first;
    copy.#end = this.#end;
    copy.#chars = this.#chars;
    return copy;
  }
}

export function tierNumber(tier: string): number {
  return tier === "t1" ? 1 : tier === "t2" ? 2 : tier === "t3" ? 3 : 0;
}

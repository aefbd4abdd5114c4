// The lines of a buffer that a filter means, found bit by bit: never longer at a time than a frame bears.
import type { LineBuffer } from "./line-buffer";
import type { Matcher } from "./line-filter";

const sliceLines = 256;

export class LineView {
  readonly #buffer: LineBuffer;
  readonly #matches: Matcher;
  readonly #found: Float64Array;
  #head = 0;
  #count = 0;
  #next: number;

  constructor(buffer: LineBuffer, matches: Matcher) {
    this.#buffer = buffer;
    this.#matches = matches;
    this.#found = new Float64Array(buffer.capacity);
    this.#next = buffer.first;
  }

  get buffer(): LineBuffer {
    return this.#buffer;
  }
  get count(): number {
    return this.#count;
  }
  /** Whether every line was looked at. */
  get done(): boolean {
    return this.#next >= this.#buffer.end;
  }

  /** Forgets what the buffer forgot, and looks at what is new until `deadline`. */
  advance(deadline: number, now: () => number = () => performance.now()): void {
    const { first, end } = this.#buffer;
    while (this.#count > 0 && (this.#found[this.#head] ?? 0) < first) {
      this.#head = (this.#head + 1) % this.#found.length;
      --this.#count;
    }
    this.#next = Math.max(this.#next, first);
    while (this.#next < end) {
      const until = Math.min(end, this.#next + sliceLines);
      for (; this.#next < until; ++this.#next) {
        if (!this.#matches(this.#buffer, this.#next)) continue;
        this.#found[(this.#head + this.#count) % this.#found.length] = this.#next;
        ++this.#count;
      }
      if (now() >= deadline) return;
    }
  }

  /** The sequence number of row `index`; -1: there is no such row. */
  at(index: number): number {
    return index < 0 || index >= this.#count ? -1 : (this.#found[(this.#head + index) % this.#found.length] ?? -1);
  }
}

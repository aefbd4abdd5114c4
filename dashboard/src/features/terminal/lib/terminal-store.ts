// Between the socket and the screen: lines go into the buffer as they come, the screen asks once a frame.
import type { TerminalSearch } from "../search";
import { readBatch } from "./batch";
import { LineBuffer, type NewLine } from "./line-buffer";
import { type Matcher, matcherOf } from "./line-filter";
import { LineView } from "./line-view";

const frameBudgetMs = 8;
/** How many lines the server is asked for at first; also after a lost connection. */
export const backlog = 1_000;

const keyOf = (atMs: number, source: string, text: string) => `${atMs} ${source} ${text}`;

export type Snapshot = {
  view: LineView;
  /** Changes with every paint in which something else is to be seen. */
  version: number;
  frozen: boolean;
  /** Lines that came since the view stands still, and that it would show. */
  waiting: number;
  kept: number;
  received: number;
  dropped: number;
  searching: boolean;
  namesVersion: number;
};

export class TerminalStore {
  readonly buffer: LineBuffer;
  #matches: Matcher = () => true;
  #live: LineView;
  #shown: LineView;
  #frozenAt = 0;
  #waiting = 0;
  #counted = 0;
  #received = 0;
  #dropped = 0;
  #frame = 0;
  #dirty = false;
  // After a lost connection: lines that may come again, and how many of those that come are to be looked up.
  #known = new Set<string>();
  #toCheck = 0;
  #snapshot: Snapshot;
  readonly #listeners = new Set<() => void>();
  readonly #request: (paint: () => void) => number;

  constructor(buffer = new LineBuffer(), request: (paint: () => void) => number = (paint) => requestAnimationFrame(paint)) {
    this.buffer = buffer;
    this.#request = request;
    this.#live = new LineView(buffer, this.#matches);
    this.#shown = this.#live;
    this.#snapshot = this.#take(0);
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };
  snapshot = (): Snapshot => this.#snapshot;

  receive(message: string): void {
    const batch = readBatch(message);
    if (!batch) return;
    for (const line of batch.lines) {
      if (this.#toCheck > 0 && this.#isKnown(line)) continue;
      this.buffer.push(line);
      ++this.#received;
    }
    this.#dropped += batch.dropped;
    this.#ask();
  }

  /** A new connection begins with lines that are there already. */
  reconnected(): void {
    const { first, end } = this.buffer;
    this.#known.clear();
    for (let seq = Math.max(first, end - 2 * backlog); seq < end; ++seq) {
      const line = this.buffer.line(seq);
      if (line) this.#known.add(keyOf(line.atMs, line.source, line.text));
    }
    this.#toCheck = this.#known.size === 0 ? 0 : backlog;
  }

  #isKnown({ atMs, source, text }: NewLine): boolean {
    --this.#toCheck;
    const known = this.#known.has(keyOf(atMs, source, text));
    if (this.#toCheck === 0) this.#known.clear();
    return known;
  }

  setFilter(search: TerminalSearch): void {
    this.#matches = matcherOf(search);
    const frozen = this.#shown !== this.#live;
    this.#live = new LineView(this.buffer, this.#matches);
    this.#shown = frozen ? new LineView(this.#shown.buffer, this.#matches) : this.#live;
    this.#waiting = 0;
    this.#counted = this.#frozenAt;
    this.#ask();
  }

  /** What is on the screen stays, though the buffer goes on. */
  freeze(): void {
    if (this.#shown !== this.#live) return;
    this.#shown = new LineView(this.buffer.copy(), this.#matches);
    this.#frozenAt = this.buffer.end;
    this.#counted = this.#frozenAt;
    this.#waiting = 0;
    this.#paint();
  }

  follow(): void {
    if (this.#shown === this.#live) return;
    this.#shown = this.#live;
    this.#waiting = 0;
    this.#paint();
  }

  clear(): void {
    this.buffer.clear();
    this.#live = new LineView(this.buffer, this.#matches);
    this.#shown = this.#live;
    this.#waiting = 0;
    this.#dropped = 0;
    this.#received = 0;
    this.#paint();
  }

  #ask(): void {
    this.#dirty = true;
    if (this.#frame !== 0) return;
    this.#frame = this.#request(() => {
      this.#frame = 0;
      if (this.#dirty) this.#paint();
    });
  }

  #paint(): void {
    this.#dirty = false;
    const deadline = performance.now() + frameBudgetMs;
    this.#shown.advance(deadline);
    if (this.#shown !== this.#live) this.#countWaiting();
    this.#snapshot = this.#take(this.#snapshot.version + 1);
    for (const listener of this.#listeners) listener();
    if (!this.#shown.done) this.#ask();
  }

  #countWaiting(): void {
    // Those that came and went meanwhile are not told apart any more: they count as if they matched.
    const { first, end } = this.buffer;
    if (this.#counted < first) {
      this.#waiting += first - this.#counted;
      this.#counted = first;
    }
    for (; this.#counted < end; ++this.#counted) if (this.#matches(this.buffer, this.#counted)) ++this.#waiting;
  }

  #take(version: number): Snapshot {
    return {
      view: this.#shown,
      version,
      frozen: this.#shown !== this.#live,
      waiting: this.#waiting,
      kept: this.buffer.size,
      received: this.#received,
      dropped: this.#dropped,
      searching: !this.#shown.done,
      namesVersion: this.buffer.sources.version + this.buffer.models.version,
    };
  }
}

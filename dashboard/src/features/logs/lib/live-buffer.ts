// The newest records of a live log: what is shown, and what waits while somebody reads.
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { type RequestRecord, RequestRecordSchema } from "@/gen/smartroute/v1/telemetry_pb";

export const liveCapacity = 2_000;

export type LiveState = {
  /** Newest first. */
  records: readonly RequestRecord[];
  waiting: number;
  dropped: number;
  error: string;
};

/** Messages come one by one, painting is once a frame: they are kept as they came until somebody looks. */
export class LiveBuffer {
  #waiting: string[] = [];
  #waitingCount = 0;
  #state: LiveState = { records: [], waiting: 0, dropped: 0, error: "" };
  #dropped = 0;
  #error = "";

  receive(message: string): void {
    if (message.startsWith('{"record":')) {
      this.#waiting.push(message);
      ++this.#waitingCount;
      // Only so many can ever be shown; the rest are counted.
      if (this.#waiting.length > 2 * liveCapacity) this.#waiting.splice(0, this.#waiting.length - liveCapacity);
      return;
    }
    const said = readMessage(message);
    if (typeof said.dropped === "number") this.#dropped += said.dropped;
    if (typeof said.error === "string") this.#error = said.error;
  }

  /** What to show now. With `hold` nothing moves: what came is only counted. */
  paint(hold: boolean): LiveState {
    const before = this.#state;
    let records = before.records;
    if (!hold && this.#waiting.length > 0) {
      // They come as they end; among those that came together the order is the log's.
      const fresh = this.#waiting.slice(-liveCapacity).reverse().flatMap(recordOf);
      fresh.sort((a, b) => Number(b.receivedUs - a.receivedUs));
      const known = new Set(fresh.map(({ recordId }) => recordId));
      // A connection that was lost begins with what was shown before.
      records = [...fresh, ...before.records.filter(({ recordId }) => !known.has(recordId))].slice(0, liveCapacity);
      this.#waiting = [];
      this.#waitingCount = 0;
    }
    const same =
      records === before.records &&
      before.waiting === this.#waitingCount &&
      before.dropped === this.#dropped &&
      before.error === this.#error;
    if (!same) this.#state = { records, waiting: this.#waitingCount, dropped: this.#dropped, error: this.#error };
    return this.#state;
  }
}

function readMessage(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function recordOf(message: string): RequestRecord[] {
  try {
    return [fromJson(RequestRecordSchema, readMessage(message).record as JsonValue, { ignoreUnknownFields: true })];
  } catch {
    return [];
  }
}

import { describe, expect, test } from "vitest";
import { LiveBuffer, liveCapacity } from "./live-buffer";

const message = (id: number) => JSON.stringify({ record: { recordId: `r${id}`, receivedUs: "1795433481543730" } });
const fill = (buffer: LiveBuffer, from: number, to: number) => {
  for (let id = from; id < to; ++id) buffer.receive(message(id));
};

describe("live records", () => {
  test("are shown newest first, the newest 2,000", () => {
    const buffer = new LiveBuffer();
    fill(buffer, 0, 10);
    expect(buffer.paint(false).records.map(({ recordId }) => recordId).slice(0, 3)).toEqual(["r9", "r8", "r7"]);
    fill(buffer, 10, 6_000);
    const { records, waiting } = buffer.paint(false);
    expect(records).toHaveLength(liveCapacity);
    expect(records[0]?.recordId).toBe("r5999");
    expect(waiting).toBe(0);
  });

  test("wait and are counted while somebody reads", () => {
    const buffer = new LiveBuffer();
    fill(buffer, 0, 3);
    const shown = buffer.paint(false).records;
    fill(buffer, 3, 9_003);
    const held = buffer.paint(true);
    expect(held.records).toBe(shown);
    expect(held.waiting).toBe(9_000);
    expect(buffer.paint(false).records[0]?.recordId).toBe("r9002");
  });

  test("come once, though a new connection begins with them again", () => {
    const buffer = new LiveBuffer();
    fill(buffer, 0, 5);
    buffer.paint(false);
    fill(buffer, 2, 7);
    expect(buffer.paint(false).records.map(({ recordId }) => recordId)).toEqual(["r6", "r5", "r4", "r3", "r2", "r1", "r0"]);
  });

  test("say what was left out and what was wrong, and survive nonsense", () => {
    const buffer = new LiveBuffer();
    for (const text of ['{"dropped":4}', '{"dropped":3}', '{"error":"tiers holds \'t4\'"}', "nonsense", "null", '{"record":5}', '{"record":{"status":"x"}}']) buffer.receive(text);
    const state = buffer.paint(false);
    expect(state).toMatchObject({ records: [], dropped: 7, error: "tiers holds 't4'" });
    expect(buffer.paint(false)).toBe(state);
  });
});

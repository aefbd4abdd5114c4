import type { RequestRecord } from "@/gen/smartroute/v1/telemetry_pb";
import type { Answer } from "./answer";

type Timed = Pick<RequestRecord, "completionTokens" | "firstByteUs" | "completedUs">;

/** From the first byte to the last, for only then tokens came. Undefined for answers that came at once. */
export function tokensPerSecond(answer: Answer, record: Timed | undefined): number | undefined {
  const tokens = record?.completionTokens ? Number(record.completionTokens.count) : answer.usage?.completion;
  if (tokens === undefined || tokens < 2 || answer.firstTokenMs === undefined || answer.durationMs === undefined) return undefined;
  const recorded = record && record.firstByteUs > 0n && record.completedUs > record.firstByteUs ? Number(record.completedUs - record.firstByteUs) / 1000 : undefined;
  const ms = recorded ?? answer.durationMs - answer.firstTokenMs;
  return ms >= 1 ? (tokens * 1000) / ms : undefined;
}

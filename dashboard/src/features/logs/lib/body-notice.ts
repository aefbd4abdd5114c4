import type { RequestRecord } from "@/gen/smartroute/v1/telemetry_pb";

export type Side = "request" | "response";
export type BodyNotice = "cut" | "dropped" | "removed" | "notKept" | "noModel" | "empty";

/** Why a body is not there, or not all of it; undefined: it is whole. */
export function bodyNotice(record: RequestRecord, side: Side, bodiesKept: boolean): BodyNotice | undefined {
  const bytes = side === "request" ? record.requestBody : record.responseBody;
  const cut = side === "request" ? record.requestCut : record.responseCut;
  if (bytes.length > 0) return cut ? "cut" : undefined;
  if (record.endpoint !== "" && record.endpoint !== "chat_completions") return "noModel";
  if (record.bodiesDropped) return "dropped";
  if (bodiesKept) return "empty";
  // A preview is made only of what was to be kept.
  return record.preview !== "" ? "removed" : "notKept";
}

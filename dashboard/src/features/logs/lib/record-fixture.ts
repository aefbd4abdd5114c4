// For tests: a request that failed twice and was answered by the third model.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type RequestRecord, RequestRecordSchema, TokenCount_Source } from "@/gen/smartroute/v1/telemetry_pb";

const start = 1_795_433_481_000_000n;

export function recordWith(change: MessageInitShape<typeof RequestRecordSchema> = {}): RequestRecord {
  return create(RequestRecordSchema, {
    recordId: "6c0100",
    requestId: "req_1",
    receivedUs: start,
    routedUs: start + 2_000n,
    upstreamCalledUs: start + 2_000n,
    firstByteUs: start + 700_000n,
    completedUs: start + 1_700_000n,
    endpoint: "chat_completions",
    requestedModel: "auto",
    streaming: true,
    tier: "t3",
    mode: "embedded",
    reason: "embedded:0.97",
    confidence: 0.97,
    model: "azure/gpt-4",
    provider: "azure",
    status: 200,
    ending: "completed",
    promptTokens: { count: 40n, source: TokenCount_Source.UPSTREAM },
    completionTokens: { count: 200n, source: TokenCount_Source.LOCAL },
    attempts: [
      { provider: "azure", model: "azure/overloaded", outcome: "retryable_status", status: 503, reason: "status 503", startedUs: start + 2_000n, durationUs: 98_000, fault: "upstream" },
      { provider: "down", model: "down/gone", outcome: "connect_failed", startedUs: start + 300_000n, durationUs: 1_000, waitedMs: 200, fault: "upstream" },
      { provider: "azure", model: "azure/gpt-4", outcome: "answered", status: 200, startedUs: start + 301_000n, durationUs: 399_000 },
    ],
    route: {
      configuredMode: "cascade",
      decidedBy: "embedded",
      probabilities: [0.01, 0.02, 0.97],
      strategy: "sequential",
      candidates: [{ model: "azure/overloaded" }, { model: "down/gone" }, { model: "azure/blind", skip: "not_multimodal" }, { model: "azure/gpt-4" }],
    },
    ...change,
  } as MessageInitShape<typeof RequestRecordSchema>);
}

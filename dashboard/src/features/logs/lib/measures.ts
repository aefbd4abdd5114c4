// Figures of a record that it does not state itself.
import { type RequestRecord, type TokenCount, TokenCount_Source } from "@/gen/smartroute/v1/telemetry_pb";

export const msOf = (us: bigint): number => Number(us) / 1000;

/** Milliseconds between two points in time; undefined when one was not reached. */
export function between(fromUs: bigint, toUs: bigint): number | undefined {
  return fromUs > 0n && toUs > 0n ? Math.max(0, Number(toUs - fromUs) / 1000) : undefined;
}

export const durationOf = (record: RequestRecord) => between(record.receivedUs, record.completedUs);
export const firstByteOf = (record: RequestRecord) => between(record.receivedUs, record.firstByteUs);
export const retriesOf = (record: RequestRecord) => Math.max(0, record.attempts.length - 1);

/** Of the answer, while it was being made: of a stream from its first byte on, of a whole answer from the call on. */
export function tokensPerSecond(record: RequestRecord): number | undefined {
  const count = Number(record.completionTokens?.count ?? 0n);
  const from = record.streaming ? record.firstByteUs : record.upstreamCalledUs;
  const took = between(from, record.streaming || record.firstByteUs === 0n ? record.completedUs : record.firstByteUs);
  return count > 0 && took !== undefined && took >= 1 ? (count * 1000) / took : undefined;
}

export type SourceName = "upstream" | "local" | "estimate";
export function sourceOf(tokens: TokenCount | undefined): SourceName | undefined {
  if (!tokens) return undefined;
  if (tokens.source === TokenCount_Source.UPSTREAM) return "upstream";
  return tokens.source === TokenCount_Source.LOCAL ? "local" : "estimate";
}

/** Of both counts the less certain one. */
export function tokenSource(record: RequestRecord): SourceName | undefined {
  const order: SourceName[] = ["estimate", "local", "upstream"];
  const have = [sourceOf(record.promptTokens), sourceOf(record.completionTokens)];
  return order.find((name) => have.includes(name));
}

/** The model's name without the provider in front, which is told beside it. */
export function bareModel(model: string, provider: string): string {
  return provider !== "" && model.startsWith(`${provider}/`) ? model.slice(provider.length + 1) : model;
}

/** What the client asked for, when that is not the name of the model that answered. */
export function askedFor(record: RequestRecord): string {
  const { requestedModel: asked, model, provider } = record;
  return asked === model || asked === bareModel(model, provider) ? "" : asked;
}

export type Outcome = "ok" | "failed" | "left" | "other";
/** In one word how a request ended. Statistics count the same: whoever left is neither success nor failure. */
export function outcomeOf(record: RequestRecord): Outcome {
  if (record.errorKind === "client_gone") return "left";
  if (record.errorKind !== "") return "failed";
  return record.status === 0 ? "other" : "ok";
}

import type { SseEvent } from "./sse-parser";

// What one call brought, as far as it has come. Times are of this browser, in milliseconds since it began to ask.

export type AnswerStatus = "waiting" | "streaming" | "done" | "stopped" | "failed";

export interface ToolCall {
  name: string;
  arguments: string;
}

export interface AnswerError {
  message: string;
  type?: string;
  code?: string;
  status?: number;
}

export interface Usage {
  prompt?: number;
  completion?: number;
}

export interface Answer {
  /** The model that was asked for. */
  asked: string;
  status: AnswerStatus;
  text: string;
  reasoning: string;
  toolCalls: ToolCall[];
  finishReason?: string;
  usage?: Usage;
  error?: AnswerError;
  headers: [string, string][];
  httpStatus?: number;
  startedAt: number;
  firstTokenMs?: number;
  durationMs?: number;
  restarts: number;
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
const countOf = (value: unknown): number | undefined => (typeof value === "number" && Number.isFinite(value) ? value : undefined);

export function newAnswer(asked: string, startedAt: number): Answer {
  return { asked, status: "waiting", text: "", reasoning: "", toolCalls: [], headers: [], startedAt, restarts: 0 };
}

export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** OpenAI's form, the form of the admin API, or whatever text came instead. */
export function readError(body: unknown, fallback: string): AnswerError {
  if (!isObject(body)) return { message: fallback };
  const inner = isObject(body.error) ? body.error : body;
  const message = textOf(inner.message) ?? textOf(body.error) ?? fallback;
  const code = typeof inner.code === "number" ? String(inner.code) : textOf(inner.code);
  return { message, type: textOf(inner.type), code };
}

function readUsage(value: unknown): Usage | undefined {
  if (!isObject(value)) return undefined;
  return { prompt: countOf(value.prompt_tokens), completion: countOf(value.completion_tokens) };
}

/** Content is a string or, of some providers, a list of parts. */
function readContent(value: unknown): string {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return "";
  return value.map((part) => (isObject(part) ? (textOf(part.text) ?? "") : "")).join("");
}

function mergeToolCalls(have: ToolCall[], pieces: unknown): ToolCall[] {
  if (!Array.isArray(pieces)) return have;
  const out = [...have];
  for (const piece of pieces) {
    if (!isObject(piece)) continue;
    const called = isObject(piece.function) ? piece.function : {};
    const at = countOf(piece.index) ?? out.length;
    const before = out[at] ?? { name: "", arguments: "" };
    if (at < 0 || at > 128) continue;
    out[at] = { name: before.name + (textOf(called.name) ?? ""), arguments: before.arguments + (textOf(called.arguments) ?? "") };
  }
  return Array.from(out, (call) => call ?? { name: "", arguments: "" });
}

function withMessage(answer: Answer, message: Json, finish: unknown, elapsed: number): Answer {
  const text = answer.text + readContent(message.content);
  const reasoning = answer.reasoning + (textOf(message.reasoning_content) ?? textOf(message.reasoning) ?? "") + (textOf(message.refusal) ?? "");
  const toolCalls = mergeToolCalls(answer.toolCalls, message.tool_calls);
  const saidSomething = text !== answer.text || reasoning !== answer.reasoning || toolCalls !== answer.toolCalls;
  return {
    ...answer,
    status: "streaming",
    text,
    reasoning,
    toolCalls,
    firstTokenMs: answer.firstTokenMs ?? (saidSomething ? elapsed : undefined),
    finishReason: textOf(finish) ?? answer.finishReason,
  };
}

/** One event of the stream. After an error or [DONE] nothing changes any more. */
export function applyEvent(answer: Answer, event: SseEvent, now: number): Answer {
  if (answer.status === "done" || answer.status === "failed" || answer.status === "stopped") return answer;
  const elapsed = now - answer.startedAt;
  if (event.data.trim() === "[DONE]") return { ...answer, status: "done", durationMs: elapsed };
  const chunk = readJson(event.data);
  if (!isObject(chunk)) return answer;
  if (isObject(chunk.error) || typeof chunk.error === "string" || event.event === "error") {
    return { ...answer, status: "failed", error: readError(chunk, event.data), durationMs: elapsed };
  }
  const told = isObject(chunk.smartroute) ? chunk.smartroute : undefined;
  // Another model begins the answer anew: what came so far is void.
  if (told && isObject(told.restart)) {
    return { ...answer, status: "streaming", text: "", reasoning: "", toolCalls: [], finishReason: undefined, restarts: answer.restarts + 1 };
  }
  const choice = Array.isArray(chunk.choices) ? chunk.choices.find(isObject) : undefined;
  const usage = readUsage(chunk.usage) ?? answer.usage;
  if (!choice) return { ...answer, usage };
  const delta = isObject(choice.delta) ? choice.delta : {};
  return { ...withMessage(answer, delta, choice.finish_reason, elapsed), usage };
}

/** The whole answer of a call without streaming. */
export function applyWhole(answer: Answer, body: unknown, now: number): Answer {
  const elapsed = now - answer.startedAt;
  if (!isObject(body)) return { ...answer, status: "failed", error: { message: "", code: "bad_answer" }, durationMs: elapsed };
  if (body.error) return { ...answer, status: "failed", error: readError(body, ""), durationMs: elapsed };
  const choice = Array.isArray(body.choices) ? body.choices.find(isObject) : undefined;
  const message = choice && isObject(choice.message) ? choice.message : {};
  const taken = withMessage(answer, message, choice?.finish_reason, elapsed);
  return { ...taken, status: "done", firstTokenMs: undefined, usage: readUsage(body.usage), durationMs: elapsed };
}

/** The connection ended. Without [DONE] or a finish reason the answer was cut. */
export function endOfStream(answer: Answer, now: number): Answer {
  if (answer.status !== "waiting" && answer.status !== "streaming") return answer;
  const durationMs = now - answer.startedAt;
  if (answer.finishReason) return { ...answer, status: "done", durationMs };
  return { ...answer, status: "failed", durationMs, error: { message: "", code: "stream_cut" } };
}

export function headerOf(answer: Answer, name: string): string | undefined {
  return answer.headers.find(([key]) => key === name)?.[1];
}

export function requestIdOf(answer: Answer): string | undefined {
  return headerOf(answer, "x-smartroute-request-id") ?? headerOf(answer, "x-request-id");
}

const told = /^(x-smartroute-|x-request-id$|x-should-retry$|retry-after$|openai-|x-ratelimit-)/;

export function gatewayHeaders(headers: Headers): [string, string][] {
  const out: [string, string][] = [];
  headers.forEach((value, key) => {
    if (told.test(key)) out.push([key, value]);
  });
  return out.sort(([a], [b]) => a.localeCompare(b));
}

export function isRunning(answer: Answer | undefined): boolean {
  return answer?.status === "waiting" || answer?.status === "streaming";
}

import { ApiError, postStream } from "@/lib/api";
import { type Answer, applyEvent, applyWhole, endOfStream, gatewayHeaders, newAnswer, readError, readJson } from "../lib/answer";
import { createSseParser } from "../lib/sse-parser";

const path = "/admin/v1/playground/chat/completions";

interface Run {
  asked: string;
  body: Record<string, unknown>;
  signal: AbortSignal;
  /** Called with each state the answer has, as often as something came. */
  onAnswer: (answer: Answer) => void;
}

async function readStream(stream: ReadableStream<Uint8Array>, begun: Answer, onAnswer: Run["onAnswer"]): Promise<Answer> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  const parser = createSseParser();
  let answer = begun;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return endOfStream(answer, performance.now());
    const now = performance.now();
    answer = parser.push(decoder.decode(value, { stream: true })).reduce((have, event) => applyEvent(have, event, now), answer);
    onAnswer(answer);
  }
}

function failed(answer: Answer, error: Answer["error"]): Answer {
  return { ...answer, status: "failed", error, durationMs: performance.now() - answer.startedAt };
}

/** Asks once, and tells what comes of it until it is over. Never throws: what goes wrong is part of the answer. */
export async function runAnswer({ asked, body, signal, onAnswer }: Run): Promise<void> {
  let answer = newAnswer(asked, performance.now());
  const become = (next: Answer) => {
    answer = next;
    onAnswer(next);
  };
  become(answer);
  try {
    const response = await postStream(path, body, signal);
    become({ ...answer, headers: gatewayHeaders(response.headers), httpStatus: response.status });
    if (!response.ok) {
      const text = await response.text();
      const said = text.trim() === "" ? response.statusText : text.slice(0, 2_000);
      return become(failed(answer, { ...readError(readJson(text), said), status: response.status }));
    }
    const streams = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
    if (streams && response.body) become(await readStream(response.body, answer, become));
    else become(applyWhole(answer, readJson(await response.text()), performance.now()));
  } catch (error) {
    if (signal.aborted) return become({ ...answer, status: "stopped", durationMs: performance.now() - answer.startedAt });
    if (error instanceof ApiError) return become(failed(answer, { message: error.message, code: error.code, status: error.status || undefined }));
    become(failed(answer, { message: error instanceof Error ? error.message : String(error), code: "stream_cut" }));
  }
}

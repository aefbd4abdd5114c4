import { type Answer, newAnswer } from "./answer";
import { type Conversation, emptySettings, type Exchange, type RawMessage, type UserMessage } from "./conversation";
import { isJsonObject } from "./json-object";

// A recorded request, as a conversation that can be changed and sent again.

export interface Recorded {
  conversation: Conversation;
  /** The last question, to be edited before it is asked. */
  draft: UserMessage;
}

function isMessage(value: unknown): value is RawMessage {
  return isJsonObject(value) && typeof value.role === "string";
}

/** Undefined for parts that are neither text nor pictures: they can only be sent as they were. */
function readUser(message: RawMessage): UserMessage | undefined {
  if (typeof message.content === "string") return { text: message.content, images: [] };
  if (!Array.isArray(message.content)) return undefined;
  const out: UserMessage = { text: "", images: [] };
  for (const part of message.content) {
    if (!isJsonObject(part)) return undefined;
    const url = isJsonObject(part.image_url) ? part.image_url.url : undefined;
    if (part.type === "text" && typeof part.text === "string") out.text += (out.text === "" ? "" : "\n") + part.text;
    else if (part.type === "image_url" && typeof url === "string" && url.startsWith("data:")) out.images.push(url);
    else return undefined;
  }
  return out;
}

function isPlainAssistant(message: RawMessage | undefined): boolean {
  return message?.role === "assistant" && typeof message.content === "string" && !message.tool_calls;
}

function asAnswer(text: string): Answer {
  return { ...newAnswer("", 0), status: "done", text };
}

/** Question and answer in turns, or undefined if it is anything else. */
function readTurns(messages: RawMessage[]): Exchange[] | undefined {
  const out: Exchange[] = [];
  for (let at = 0; at < messages.length; at += 2) {
    const question = messages[at];
    const reply = messages[at + 1];
    const user = question?.role === "user" ? readUser(question) : undefined;
    if (!user || !reply || !isPlainAssistant(reply)) return undefined;
    out.push({ id: `recorded-${at}`, user, answers: [asAnswer(String(reply.content))] });
  }
  return out;
}

function readNumberText(value: unknown): string {
  return typeof value === "number" ? String(value) : "";
}

export function readRecorded(json: string): Recorded | undefined {
  let body: unknown;
  try {
    body = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (!isJsonObject(body) || !Array.isArray(body.messages)) return undefined;
  const all = body.messages.filter(isMessage);
  const first = all[0];
  const system = first?.role === "system" && typeof first.content === "string" ? first.content : "";
  const rest = system === "" ? all : all.slice(1);

  const last = rest.at(-1);
  const lastUser = last?.role === "user" ? readUser(last) : undefined;
  const earlier = lastUser ? rest.slice(0, -1) : rest;
  const exchanges = lastUser ? readTurns(earlier) : undefined;

  const { model, messages: _messages, stream, temperature, max_tokens: maxTokens, ...extra } = body;
  return {
    draft: lastUser ?? { text: "", images: [] },
    conversation: {
      system,
      preamble: exchanges ? [] : earlier,
      exchanges: exchanges ?? [],
      settings: {
        ...emptySettings,
        models: [typeof model === "string" && model !== "" ? model : "auto", "t3"],
        stream: stream === true,
        temperature: readNumberText(temperature),
        maxTokens: readNumberText(maxTokens),
        extra: Object.keys(extra).length === 0 ? "" : JSON.stringify(extra, null, 2),
      },
    },
  };
}

// A chat completion's request or answer as a conversation. Whatever does not look as expected is left out, never guessed.
import { jsonInString, type Json } from "./json-text";

export type Part =
  | { kind: "text"; text: string }
  | { kind: "refusal"; text: string }
  | { kind: "reasoning"; text: string }
  | { kind: "image"; url: string; detail: string }
  | { kind: "audio"; format: string; bytes: number }
  | { kind: "file"; name: string }
  | { kind: "other"; type: string; json: string };
export type ToolCall = { id: string; name: string; args: string };
export type Turn = { role: string; name: string; parts: Part[]; toolCalls: ToolCall[]; toolCallId: string; note: string };
export type Conversation = { turns: Turn[]; tools: string[] };

type Fields = { [key: string]: Json };
const fields = (value: Json | undefined): Fields | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
const text = (value: Json | undefined): string => (typeof value === "string" ? value : "");
const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

function partOf(value: Json): Part {
  if (typeof value === "string") return { kind: "text", text: value };
  const part = fields(value);
  const type = text(part?.type);
  if (part && (type === "text" || type === "input_text" || type === "output_text")) return { kind: "text", text: text(part.text) };
  if (part && type === "refusal") return { kind: "refusal", text: text(part.refusal) };
  if (part && (type === "image_url" || type === "input_image")) {
    const image = fields(part.image_url);
    return { kind: "image", url: image ? text(image.url) : text(part.image_url), detail: text(image?.detail) };
  }
  if (part && type === "input_audio") {
    const audio = fields(part.input_audio);
    return { kind: "audio", format: text(audio?.format), bytes: Math.floor((text(audio?.data).length * 3) / 4) };
  }
  if (part && type === "file") {
    const file = fields(part.file);
    return { kind: "file", name: text(file?.filename) || text(file?.file_id) };
  }
  return { kind: "other", type, json: JSON.stringify(value, null, 2) };
}

function toolCallsOf(message: Fields): ToolCall[] {
  const calls = list(message.tool_calls).flatMap((value): ToolCall[] => {
    const call = fields(value);
    const called = fields(call?.function) ?? fields(call?.custom);
    if (!call || !called) return [];
    return [{ id: text(call.id), name: text(called.name), args: text(called.arguments) || text(called.input) }];
  });
  const old = fields(message.function_call);
  if (old) calls.push({ id: "", name: text(old.name), args: text(old.arguments) });
  return calls;
}

function turnOf(value: Json | undefined, note: string): Turn[] {
  const message = fields(value);
  if (!message) return [];
  const parts: Part[] = [];
  const reasoning = text(message.reasoning_content) || text(message.reasoning);
  if (reasoning) parts.push({ kind: "reasoning", text: reasoning });
  if (typeof message.content === "string") {
    if (message.content !== "") parts.push({ kind: "text", text: message.content });
  } else parts.push(...list(message.content).map(partOf));
  if (text(message.refusal)) parts.push({ kind: "refusal", text: text(message.refusal) });
  return [
    {
      role: text(message.role) || "assistant",
      name: text(message.name),
      parts,
      toolCalls: toolCallsOf(message),
      toolCallId: text(message.tool_call_id),
      note,
    },
  ];
}

/** Undefined: this is no chat completion request. */
export function requestConversation(body: Json | undefined): Conversation | undefined {
  const request = fields(body);
  if (!request || !Array.isArray(request.messages)) return undefined;
  const turns = request.messages.flatMap((message) => turnOf(message, ""));
  const tools = [...list(request.tools), ...list(request.functions)].flatMap((value) => {
    const tool = fields(value);
    const named = fields(tool?.function) ?? fields(tool?.custom) ?? tool;
    return text(named?.name) || [];
  });
  return { turns, tools };
}

/** Undefined: this is no chat completion. The note of a turn is its finish reason. */
export function responseConversation(body: Json | undefined): Conversation | undefined {
  const response = fields(body);
  if (!response || !Array.isArray(response.choices)) return undefined;
  const turns = response.choices.flatMap((value) => {
    const choice = fields(value);
    return turnOf(choice?.message, text(choice?.finish_reason));
  });
  return turns.length === 0 ? undefined : { turns, tools: [] };
}

export type ErrorBody = { message: string; type: string; code: string };
/** An error as OpenAI and the gateway write it, also when it is JSON inside the message of another. */
export function errorOf(body: Json | undefined): ErrorBody | undefined {
  const outer = fields(body);
  const error = fields(outer?.error) ?? (typeof outer?.error === "string" ? { message: outer.error } : undefined);
  if (!error) return undefined;
  const message = text(error.message);
  const inner = errorOf(jsonInString(message));
  if (inner?.message) return inner;
  const code = typeof error.code === "number" ? String(error.code) : text(error.code);
  return { message, type: text(error.type), code };
}

/** Pictures that may be shown without asking another server for anything, and without anything in them that runs. */
export const isInlineImage = (url: string): boolean => /^data:image\/(png|jpeg|gif|webp|avif);base64,[A-Za-z0-9+/=\s]+$/.test(url);

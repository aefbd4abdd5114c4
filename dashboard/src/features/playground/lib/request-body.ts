import { isJsonObject } from "./json-object";
import type { RawMessage, Settings } from "./conversation";

export type SettingsProblem = "temperature" | "maxTokens" | "extraNotJson" | "extraNotObject" | "extraReserved";

const reserved = ["model", "messages", "stream"];

function readNumber(text: string): number | undefined {
  return text.trim() === "" ? undefined : Number(text);
}

export function settingsProblems(settings: Settings): SettingsProblem[] {
  const out: SettingsProblem[] = [];
  const temperature = readNumber(settings.temperature);
  if (temperature !== undefined && !(temperature >= 0 && temperature <= 2)) out.push("temperature");
  const maxTokens = readNumber(settings.maxTokens);
  if (maxTokens !== undefined && !(Number.isInteger(maxTokens) && maxTokens > 0)) out.push("maxTokens");
  if (settings.extra.trim() !== "") {
    try {
      const extra: unknown = JSON.parse(settings.extra);
      if (!isJsonObject(extra)) out.push("extraNotObject");
      else if (reserved.some((name) => name in extra)) out.push("extraReserved");
    } catch {
      out.push("extraNotJson");
    }
  }
  return out;
}

/** The body of a chat completion. Settings must be without problems. */
export function requestBody(model: string, messages: RawMessage[], settings: Settings): Record<string, unknown> {
  const body: Record<string, unknown> = { model, messages };
  if (settings.stream) body.stream = true;
  const temperature = readNumber(settings.temperature);
  if (temperature !== undefined) body.temperature = temperature;
  const maxTokens = readNumber(settings.maxTokens);
  if (maxTokens !== undefined) body.max_tokens = maxTokens;
  if (settings.extra.trim() !== "") {
    const extra: unknown = JSON.parse(settings.extra);
    if (isJsonObject(extra)) Object.assign(body, extra);
  }
  return body;
}

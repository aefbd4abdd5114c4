// Bodies are texts from outside: JSON, JSON inside a string, cut JSON, or none at all.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** The value in a text that is a JSON object or list, perhaps as a string of it once or twice; undefined: it is none. */
export function jsonInString(text: string, depth = 3): Json | undefined {
  const trimmed = text.trim();
  if (depth === 0 || !/^["[{]/.test(trimmed)) return undefined;
  const value = parseJson(trimmed);
  if (typeof value === "string") return jsonInString(value, depth - 1);
  return typeof value === "object" && value !== null ? value : undefined;
}

const closers: Record<string, string> = { "{": "}", "[": "]" };

/** JSON that ends in the middle, closed so that what is there can be read; undefined: not even that helps. */
export function closeCutJson(text: string): string | undefined {
  const open: string[] = [];
  let inString = false;
  // Behind the last value that was whole, with what was open there.
  let good = -1;
  let goodOpen: string[] = [];
  for (let at = 0; at < text.length; ++at) {
    const letter = text.charAt(at);
    if (inString) {
      if (letter === "\\") ++at;
      else if (letter === '"') inString = false;
      continue;
    }
    if (letter === '"') inString = true;
    else if (letter in closers) open.push(letter);
    else if (letter === "}" || letter === "]") open.pop();
    else if (letter === ",") {
      good = at;
      goodOpen = [...open];
    }
  }
  const close = (stack: string[]) => [...stack].reverse().map((one) => closers[one]).join("");
  const head = inString ? text.replace(/\\(u[0-9a-fA-F]{0,3})?$/, "") : text;
  for (const ending of inString ? ['"', '":null'] : ["", "null", ":null"]) {
    const whole = head + ending + close(open);
    if (parseJson(whole) !== undefined) return whole;
  }
  if (good < 0) return undefined;
  const whole = text.slice(0, good) + close(goodOpen);
  return parseJson(whole) === undefined ? undefined : whole;
}

export type Body = { text: string; value: Json | undefined; cut: boolean };

/** A body to be shown. One that was cut is read as far as it goes. */
export function readBody(bytes: Uint8Array, cut: boolean): Body {
  let text = new TextDecoder().decode(bytes);
  // The cut may go through a character.
  if (cut) text = text.replace(/\uFFFD+$/, "");
  const whole = parseJson(text);
  if (whole !== undefined || !cut) return { text, value: typeof whole === "string" ? (jsonInString(whole) ?? whole) : whole, cut };
  const closed = closeCutJson(text);
  return { text, value: closed === undefined ? undefined : parseJson(closed), cut };
}

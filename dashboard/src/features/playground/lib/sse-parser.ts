// Server-sent events, read as they come: a network may cut them at any byte, so nothing is assumed about how the text arrives.

export interface SseEvent {
  event: string;
  data: string;
}

export interface SseParser {
  push(text: string): SseEvent[];
  /** The stream is over. An event without its blank line was cut off and is dropped, as the standard wants it. */
  end(): SseEvent[];
}

interface Field {
  name: string;
  value: string;
}

function readField(line: string): Field | undefined {
  const colon = line.indexOf(":");
  if (colon === 0) return undefined;
  if (colon < 0) return { name: line, value: "" };
  const value = line.slice(colon + 1);
  return { name: line.slice(0, colon), value: value.startsWith(" ") ? value.slice(1) : value };
}

export function createSseParser(): SseParser {
  let rest = "";
  let atStart = true;
  let afterCarriageReturn = false;
  let event = "";
  let data: string[] = [];

  function takeLine(line: string, out: SseEvent[]) {
    if (line === "") {
      if (data.length > 0) out.push({ event: event === "" ? "message" : event, data: data.join("\n") });
      event = "";
      data = [];
      return;
    }
    const field = readField(line);
    if (field?.name === "data") data.push(field.value);
    else if (field?.name === "event") event = field.value;
  }

  function push(text: string): SseEvent[] {
    const out: SseEvent[] = [];
    if (text === "") return out;
    let chunk = text;
    if (atStart) {
      atStart = false;
      if (chunk.startsWith("\uFEFF")) chunk = chunk.slice(1);
    }
    let from = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const char = chunk[at];
      if (char !== "\n" && char !== "\r") {
        afterCarriageReturn = false;
        continue;
      }
      if (char === "\n" && afterCarriageReturn) {
        afterCarriageReturn = false;
        from = at + 1;
        continue;
      }
      takeLine(rest + chunk.slice(from, at), out);
      rest = "";
      from = at + 1;
      afterCarriageReturn = char === "\r";
    }
    rest += chunk.slice(from);
    return out;
  }

  function end(): SseEvent[] {
    rest = "";
    event = "";
    data = [];
    return [];
  }

  return { push, end };
}

// JSON as people want to see it: also where it lies inside a string, as providers love to put it.
export type JsonNode =
  | { kind: "object" | "array"; entries: [string, JsonNode][]; inString: boolean }
  | { kind: "string" | "number" | "boolean" | "null"; text: string };

const deepest = 60;

function embedded(text: string): unknown {
  const first = text.trimStart()[0];
  if (first !== "{" && first !== "[") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function nodeOf(value: unknown, inString = false, depth = 0): JsonNode {
  if (typeof value === "string") {
    const inside = depth < deepest ? embedded(value) : undefined;
    return inside === undefined ? { kind: "string", text: value } : nodeOf(inside, true, depth + 1);
  }
  if (value === null || value === undefined) return { kind: "null", text: "null" };
  if (typeof value !== "object" || depth >= deepest) {
    return { kind: typeof value === "boolean" ? "boolean" : "number", text: typeof value === "object" ? "…" : String(value) };
  }
  const list = Array.isArray(value);
  const entries = Object.entries(value).map(([key, one]): [string, JsonNode] => [key, nodeOf(one, false, depth + 1)]);
  return { kind: list ? "array" : "object", entries, inString };
}

/** Undefined where the text is no JSON. A text that is a JSON string with JSON in it counts as that. */
export function parseJson(text: string): JsonNode | undefined {
  try {
    return nodeOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The text with line breaks and indents, or as it is when it is no JSON. */
export function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** How many lines a node takes when all of it is open. */
export function sizeOf(node: JsonNode): number {
  if (node.kind !== "object" && node.kind !== "array") return 1;
  return node.entries.reduce((sum, [, one]) => sum + sizeOf(one), 2);
}

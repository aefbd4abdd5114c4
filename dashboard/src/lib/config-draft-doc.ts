import { jsonSlices, layOutJson } from "./config-draft-json";

/** A JSON object as its author wrote it. */
export class JsonText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type TierName = "t1" | "t2" | "t3";
export const TIERS: readonly TierName[] = ["t1", "t2", "t3"];

export interface Timeouts {
  connect?: string;
  first_byte?: string;
  idle?: string;
  total?: string;
}
export interface GatewayKey {
  name?: string;
  key?: string;
  log_bodies?: boolean;
}
export interface Provider {
  id?: string;
  protocol?: string;
  base_url?: string;
  api_key?: string;
  tls_verify?: boolean;
  tls_ca_file?: string;
  headers?: Record<string, string>;
  allow_private?: boolean;
  stream_usage?: boolean;
}
export interface Price {
  input?: number;
  output?: number;
  cached_input?: number;
  cache_write?: number;
  audio_input?: number;
  audio_output?: number;
}
export interface Model {
  id?: string;
  multimodal?: boolean;
  weight?: number;
  context_window?: number;
  fallbacks?: string[];
  max_attempts?: number;
  timeouts?: Timeouts;
  price?: Price;
}
export interface Tier {
  models?: string[];
  strategy?: string;
  rounds?: number;
  max_attempts?: number;
  timeouts?: Timeouts;
  on_break?: string;
  guarantee?: string;
  hold_back?: { bytes?: number; time?: string };
}
export interface Keywords {
  t1?: string[];
  t2?: string[];
  t3?: string[];
  at_least_t2?: string[];
  at_least_t3?: string[];
}
export interface LlmJudge {
  model?: string;
  prompt_template?: string;
  timeout?: string;
  history_turns?: number;
  base_url?: string;
  api_key?: string;
  max_turn_bytes?: number;
  cache_entries?: number;
  cache_ttl?: string;
  breaker_failures?: number;
  breaker_open?: string;
}
export interface Router {
  mode?: string;
  default_tier?: TierName;
  keywords?: Keywords;
  llm?: LlmJudge;
  min_confidence?: number;
  session_ttl?: string;
  no_candidate?: string;
  long_context_tokens?: number;
  long_context_tier?: TierName;
}
export interface Retry {
  status_codes?: number[];
  error_keywords?: string[];
  retry_on_empty?: boolean;
  budget_percent?: number;
  budget_floor?: number;
  max_wait?: string;
  on_content_policy?: boolean;
}
export interface Health {
  half_life?: string;
  penalties?: Record<string, number>;
  cooldowns?: Record<string, string>;
  eject_after?: number;
}
export interface Logs {
  retention_days?: number;
  bodies?: boolean;
  max_body_bytes?: number;
  max_bytes?: number;
  redact?: string[];
  spool_bytes?: number;
}
export interface Tracing {
  endpoint?: string;
  protocol?: string;
  headers?: Record<string, string>;
  sample_ratio?: number;
  content?: boolean;
  service_name?: string;
}

/** The configuration document, with the names of its files: proto/smartroute/v1/config.proto. */
export interface Doc {
  gateway?: { api_keys?: string[]; keys?: GatewayKey[]; unknown_model?: string };
  providers?: Provider[];
  default_provider?: string;
  model_map?: Record<string, string>;
  models?: Model[];
  tiers?: Partial<Record<TierName, Tier>>;
  router?: Router;
  retry?: Retry;
  health?: Health;
  params?: { global?: JsonText; models?: Record<string, JsonText> };
  logs?: Logs;
  limits?: Record<string, number | string>;
  tracing?: Tracing;
}

function isParamsObject(path: string[]): boolean {
  return path[0] === "params" && ((path.length === 2 && path[1] === "global") || (path.length === 3 && path[1] === "models"));
}

/** Reads a document as the control plane writes it. Throws where the text is no JSON object. */
export function parseDoc(text: string): Doc {
  if (text.trim() === "") return {};
  const doc = JSON.parse(text) as Doc | null;
  if (doc === null || typeof doc !== "object" || Array.isArray(doc)) throw new SyntaxError("no JSON object");
  if (!doc.params) return doc;
  for (const { path, start, end } of jsonSlices(text)) {
    if (!isParamsObject(path)) continue;
    const own = new JsonText(text.slice(start, end));
    if (path.length === 2) doc.params.global = own;
    else if (doc.params.models) Object.defineProperty(doc.params.models, path[2] ?? "", { value: own, enumerable: true, writable: true, configurable: true });
  }
  return doc;
}

/** The text of any part of a document. */
export function writeDoc(value: unknown, indent = 2, outer = 0): string {
  const [line, end, colon] = indent === 0 ? ["", "", ":"] : [`\n${" ".repeat(outer + indent)}`, `\n${" ".repeat(outer)}`, ": "];
  const parts = (items: string[], open: string, close: string) =>
    items.length === 0 ? open + close : open + line + items.join(`,${line}`) + end + close;
  if (value instanceof JsonText) return layOutJson(value.text, indent, outer);
  if (Array.isArray(value)) return parts(value.map((item) => writeDoc(item, indent, outer + indent)), "[", "]");
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return parts(members.map(([key, member]) => JSON.stringify(key) + colon + writeDoc(member, indent, outer + indent)), "{", "}");
  }
  return JSON.stringify(value ?? null);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null || value instanceof JsonText) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}

/** Whether two parts of documents say the same, whatever the order of their fields. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return writeDoc(sorted(a), 0) === writeDoc(sorted(b), 0);
}

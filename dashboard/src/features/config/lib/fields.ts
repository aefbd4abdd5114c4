// What each field takes and what holds while it is not set: proto/contract/config/model.hpp and validate*.cpp. The control plane has the last
// word; this is for hints and for a quick answer while somebody types.
import type { Path } from "@/lib/config-draft";

type Bounds = { min?: number; max?: number };
export type FieldSpec =
  | { kind: "duration"; fallback?: string; max?: string }
  | ({ kind: "number" | "integer" | "bytes"; fallback?: number } & Bounds)
  | { kind: "switch"; fallback: boolean }
  | { kind: "choice"; fallback: string; options: readonly string[] }
  | { kind: "text"; fallback?: string; mono?: boolean }
  | { kind: "list"; fallback?: readonly (string | number)[] };

const duration = (fallback: string, max?: string): FieldSpec => ({ kind: "duration", fallback, ...(max ? { max } : {}) });
const integer = (fallback: number | undefined, min: number, max?: number): FieldSpec => ({ kind: "integer", ...(fallback === undefined ? {} : { fallback }), min, ...(max === undefined ? {} : { max }) });
const number = (fallback: number | undefined, min: number, max: number): FieldSpec => ({ kind: "number", ...(fallback === undefined ? {} : { fallback }), min, max });
const bytes = (fallback: number, min: number, max: number): FieldSpec => ({ kind: "bytes", fallback, min, max });
const on: FieldSpec = { kind: "switch", fallback: true };
const off: FieldSpec = { kind: "switch", fallback: false };
const choice = (...options: [string, ...string[]]): FieldSpec => ({ kind: "choice", fallback: options[0], options });
const text: FieldSpec = { kind: "text" };
const code: FieldSpec = { kind: "text", mono: true };

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const TIB = 1024 * GIB;

export const TIMEOUTS = ["connect", "first_byte", "idle", "total"] as const;
const timeouts = { connect: duration("1s", "24h"), first_byte: duration("120s", "24h"), idle: duration("120s", "24h"), total: duration("1h", "24h") };
export const PRICES = ["input", "output", "cached_input", "cache_write", "audio_input", "audio_output"] as const;
export const PENALTIES = ["timeout", "connect", "server_error", "bad_response", "rate_limited", "keyword", "empty", "unauthorized"] as const;
export const COOLDOWNS = ["rate_limited", "keyword", "empty", "unauthorized", "failing", "longest"] as const;

function under(prefix: string, fields: Record<string, FieldSpec>): Record<string, FieldSpec> {
  return Object.fromEntries(Object.entries(fields).map(([name, spec]) => [`${prefix}.${name}`, spec]));
}

export const LIMITS: Record<string, FieldSpec> = {
  max_streams: integer(8_000, 1, 1_000_000),
  max_streams_per_key: integer(0, 0),
  max_connections: integer(10_000, 1, 1_000_000),
  max_body_bytes: bytes(32 * MIB, KIB, GIB),
  max_buffered_bytes: bytes(16 * MIB, 64 * KIB, GIB),
  max_memory_bytes: bytes(0, 0, TIB),
  heartbeat: duration("15s", "1h"),
  drain_accept: duration("5s"),
  drain_timeout: duration("25s", "1h"),
  header_timeout: duration("10s", "1h"),
  body_idle_timeout: duration("30s", "1h"),
  body_rate_grace: duration("10s", "1h"),
  keep_alive_timeout: duration("75s", "24h"),
  client_write_timeout: duration("1m", "24h"),
  tls_timeout: duration("3s", "1h"),
  min_body_rate: bytes(KIB, 0, GIB),
  max_inflight_body_bytes: bytes(512 * MIB, KIB, TIB),
  max_inflight_body_bytes_per_key: bytes(0, 0, TIB),
  max_header_bytes: bytes(16 * KIB, KIB, MIB),
  max_headers: integer(100, 10, 1_000),
  max_target_bytes: bytes(8 * KIB, 256, 64 * KIB),
  max_json_depth: integer(128, 8, 1_000),
  max_response_header_bytes: bytes(64 * KIB, KIB, MIB),
  upstream_idle_per_worker: integer(64, 0, 10_000),
  upstream_idle_timeout: duration("55s", "24h"),
};

const SPECS: Record<string, FieldSpec> = {
  "gateway.unknown_model": choice("route", "reject", "pass"),
  "gateway.keys.name": text,
  default_provider: code,
  ...under("providers", { id: code, protocol: choice("openai", "anthropic"), base_url: code, tls_verify: on, tls_ca_file: code, allow_private: off, stream_usage: on }),
  ...under("models", {
    id: code,
    multimodal: on,
    weight: number(1, 0, 1e6),
    context_window: integer(undefined, 1, 1e8),
    max_attempts: integer(3, 1, 20),
  }),
  ...under("models.timeouts", timeouts),
  ...under("models.price", Object.fromEntries(PRICES.map((name) => [name, number(undefined, 0, 1e6)]))),
  ...under("tiers", {
    strategy: choice("sequential", "random", "adaptive", "fastest", "cheapest"),
    rounds: integer(1, 1, 10),
    max_attempts: integer(3, 1, 20),
    on_break: choice("error", "restart"),
    guarantee: choice("live", "buffered"),
  }),
  ...under("tiers.timeouts", timeouts),
  ...under("tiers.hold_back", { bytes: bytes(1, 1, 60 * KIB), time: duration("0s") }),
  ...under("router", {
    mode: { kind: "choice", fallback: "cascade", options: ["cascade", "embedded", "keyword", "llm", "random"] },
    default_tier: { kind: "choice", fallback: "t2", options: ["t1", "t2", "t3"] },
    min_confidence: number(0.8, 0, 1),
    session_ttl: duration("1h", "720h"),
    no_candidate: choice("up_then_down", "up", "fail"),
    long_context_tokens: integer(32_000, 0, 1e8),
    long_context_tier: { kind: "choice", fallback: "t2", options: ["t1", "t2", "t3"] },
  }),
  ...under("router.llm", {
    model: code,
    prompt_template: text,
    timeout: duration("2s", "1m"),
    history_turns: integer(3, 1, 32),
    base_url: code,
    max_turn_bytes: bytes(2_000, 16, 64 * KIB),
    cache_entries: integer(4_096, 0, 1_000_000),
    cache_ttl: duration("10m", "24h"),
    breaker_failures: integer(5, 1, 1_000),
    breaker_open: duration("30s", "1h"),
  }),
  ...under("retry", {
    status_codes: { kind: "list", fallback: [408, 409, 429, 500, 502, 503, 504, 529] },
    error_keywords: { kind: "list", fallback: ["rate limit", "quota exceeded", "overloaded", "try again"] },
    retry_on_empty: on,
    on_content_policy: off,
    budget_percent: number(20, 0, 1_000),
    budget_floor: number(10, 0, 10_000),
    max_wait: duration("5s", "1m"),
  }),
  ...under("health", { half_life: duration("5m", "720h"), eject_after: integer(5, 0, 1_000) }),
  ...under("health.penalties", {
    timeout: number(0.5, 0, 1e6),
    server_error: number(1, 0, 1e6),
    keyword: number(10, 0, 1e6),
    empty: number(10, 0, 1e6),
    rate_limited: number(10, 0, 1e6),
    unauthorized: number(50, 0, 1e6),
    connect: number(1, 0, 1e6),
    bad_response: number(1, 0, 1e6),
  }),
  ...under("health.cooldowns", {
    keyword: duration("1m", "24h"),
    empty: duration("1m", "24h"),
    rate_limited: duration("1m", "24h"),
    unauthorized: duration("5m", "24h"),
    failing: duration("10s", "24h"),
    longest: duration("1h", "24h"),
  }),
  ...under("logs", {
    bodies: on,
    retention_days: integer(7, 1, 3_650),
    max_body_bytes: bytes(MIB, 0, 3 * MIB),
    max_bytes: bytes(10 * GIB, 64 * MIB, 1024 * TIB),
    spool_bytes: bytes(256 * MIB, 0, TIB),
    redact: { kind: "list" },
  }),
  ...under("limits", LIMITS),
  ...under("tracing", { endpoint: code, protocol: choice("http", "grpc"), sample_ratio: number(1, 0, 1), content: off, service_name: { kind: "text", fallback: "smartroute" } }),
};

const NAMED = new Set(["t1", "t2", "t3"]);

/** The field without what it is a field of: tiers.t1.rounds and tiers.t3.rounds are both tiers.rounds. */
export function fieldName(path: Path): string {
  return path.filter((step, depth) => typeof step === "string" && !(depth === 1 && path[0] === "tiers" && NAMED.has(step))).join(".");
}

const ANY: FieldSpec = { kind: "text" };
export function specOf(path: Path): FieldSpec {
  return SPECS[fieldName(path)] ?? ANY;
}

export function allFields(): string[] {
  return Object.keys(SPECS);
}

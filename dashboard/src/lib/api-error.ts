export type Severity = "error" | "warning";

/** What the server says about one place of a configuration. */
export type ApiProblem = {
  path: string;
  message: string;
  severity: Severity;
  /** What was probably meant. */
  nearest?: string;
  file?: string;
  line?: number;
};

/** The one kind of error that lib/api throws, aborted calls apart (those are AbortError, as fetch has it). */
export class ApiError extends Error {
  /** A Connect code: "unauthenticated", "aborted", "failed_precondition", "unavailable" ... */
  readonly code: string;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly problems: ApiProblem[];
  readonly retryAfterMs?: number;

  constructor(code: string, message: string, status = 0, problems: ApiProblem[] = [], retryAfterMs?: number) {
    super(message);
    this.name = "ApiError";
    this.code = code;
    this.status = status;
    this.problems = problems;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }
}

/** Somebody else was first, or the state is not one in which this can be done. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && (error.code === "aborted" || error.code === "failed_precondition");
}

type Fields = Record<string, unknown>;
const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
const text = (value: unknown): string => (typeof value === "string" ? value : "");

function problemOf(value: unknown): ApiProblem[] {
  const fields = fieldsOf(value);
  if (!fields) return [];
  const problem: ApiProblem = {
    path: text(fields.path),
    message: text(fields.what) || text(fields.message),
    severity: /warn/i.test(text(fields.severity)) ? "warning" : "error",
  };
  if (text(fields.nearest)) problem.nearest = text(fields.nearest);
  if (text(fields.file)) problem.file = text(fields.file);
  if (typeof fields.line === "number") problem.line = fields.line;
  return [problem];
}

/** "120" (seconds) or a date, as in Retry-After. */
export function retryAfterOf(header: string | null, nowMs: number): number | undefined {
  if (!header) return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

const codeOfStatus: Record<number, string> = {
  400: "invalid_argument",
  401: "unauthenticated",
  403: "permission_denied",
  404: "not_found",
  408: "deadline_exceeded",
  409: "aborted",
  413: "resource_exhausted",
  429: "resource_exhausted",
  501: "unimplemented",
  502: "unavailable",
  503: "unavailable",
  504: "deadline_exceeded",
};

/** Reads the body of an answer that is no success. A body that is no JSON (some middle box's) still makes a fair error. */
export function errorOfAnswer(status: number, body: string, retryAfter: string | null, nowMs: number): ApiError {
  let fields: Fields = {};
  try {
    fields = fieldsOf(JSON.parse(body)) ?? {};
  } catch {
    // No JSON: the status has to do.
  }
  const lists = [fields.problems, fields.details].filter(Array.isArray).flat();
  return new ApiError(
    text(fields.code) || codeOfStatus[status] || "unknown",
    text(fields.message) || `HTTP ${status}`,
    status,
    lists.flatMap(problemOf).filter((problem) => problem.message !== ""),
    retryAfterOf(retryAfter, nowMs),
  );
}

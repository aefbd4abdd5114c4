// The only caller of fetch, and the only opener of sockets.
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromJson,
  type JsonValue,
  type MessageInitShape,
  type MessageShape,
  toJson,
} from "@bufbuild/protobuf";
import { ApiError, errorOfAnswer } from "./api-error";

export { ApiError, type ApiProblem, isConflict } from "./api-error";
export { openSocket, type Socket, type SocketOptions, type SocketState } from "./socket";

const csrfHeader = "x-smartroute-csrf";
const publicService = "smartroute.admin.v1.SessionService";

let csrfToken = "";
/** Of the session that the cookie names; sent with every call from now on. */
export function setCsrfToken(token: string): void {
  csrfToken = token;
}

const unauthenticatedListeners = new Set<() => void>();
/** Called when a call found nobody signed in (sign-in itself aside). Returns the way to stop listening. */
export function onUnauthenticated(listener: () => void): () => void {
  unauthenticatedListeners.add(listener);
  return () => void unauthenticatedListeners.delete(listener);
}
function tellUnauthenticated(): void {
  for (const listener of unauthenticatedListeners) listener();
}

type Params = Record<string, string | number | bigint | boolean | undefined | readonly (string | number)[]>;

/** A path of this origin with a query; empty and undefined parameters are left out, lists are repeated. */
export function apiUrl(path: string, params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined || value === "") continue;
    if (Array.isArray(value)) for (const one of value) query.append(name, String(one));
    else query.append(name, String(value));
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

async function post(path: string, body: string, signal: AbortSignal | undefined): Promise<Response> {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (csrfToken) headers[csrfHeader] = csrfToken;
  try {
    return await fetch(path, { method: "POST", headers, body, credentials: "same-origin", ...(signal ? { signal } : {}) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError("unavailable", error instanceof Error ? error.message : String(error));
  }
}

export type CallOptions = { signal?: AbortSignal };

/** Calls a method of the control plane. */
export async function call<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  init?: MessageInitShape<I>,
  options: CallOptions = {},
): Promise<MessageShape<O>> {
  const body = JSON.stringify(toJson(method.input, create(method.input, init)));
  const response = await post(`/${method.parent.typeName}/${method.name}`, body, options.signal);
  let text: string;
  try {
    text = await response.text();
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError("unavailable", error instanceof Error ? error.message : String(error), response.status);
  }
  if (!response.ok) {
    const error = errorOfAnswer(response.status, text, response.headers.get("retry-after"), Date.now());
    if (error.code === "unauthenticated" && method.parent.typeName !== publicService) tellUnauthenticated();
    throw error;
  }
  try {
    return fromJson(method.output, JSON.parse(text) as JsonValue, { ignoreUnknownFields: true });
  } catch (error) {
    throw new ApiError("internal", error instanceof Error ? error.message : String(error), response.status);
  }
}

/**
 * Posts JSON and returns the answer as it comes, to be read as a stream. The answer of a model, be it an error, is the caller's to
 * show; only what the control plane itself refuses is thrown.
 */
export async function postStream(path: string, json: unknown, signal?: AbortSignal): Promise<Response> {
  const response = await post(path, JSON.stringify(json), signal);
  if (response.ok) return response;
  const error = errorOfAnswer(
    response.status,
    await response.clone().text(),
    response.headers.get("retry-after"),
    Date.now(),
  );
  // A model's error lies under "error"; the control plane's has its code on top.
  if (!(await isRefusal(response))) return response;
  if (error.code === "unauthenticated") tellUnauthenticated();
  throw error;
}

async function isRefusal(response: Response): Promise<boolean> {
  try {
    const body: unknown = await response.clone().json();
    return typeof body === "object" && body !== null && "code" in body && typeof body.code === "string";
  } catch {
    return false;
  }
}

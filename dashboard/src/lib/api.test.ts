import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ConfigService, SessionService } from "@/gen/smartroute/v1/admin_pb";
import { ApiError, apiUrl, call, isConflict, onUnauthenticated, postStream, setCsrfToken } from "./api";

const fetchMock = vi.fn<typeof fetch>();
const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  fetchMock.mockResolvedValueOnce(new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers }));
const failure = async (work: Promise<unknown>): Promise<ApiError> => {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ApiError);
  return error as ApiError;
};

beforeEach(() => {
  fetchMock.mockReset();
  vi.stubGlobal("fetch", fetchMock);
  setCsrfToken("");
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe("call", () => {
  it("posts JSON to the path of the method and reads the answer", async () => {
    answer(200, { revision: { number: "7", author: "ada" }, somethingNewer: 1 });
    const response = await call(ConfigService.method.getConfig, { revision: 7n });
    expect(response.revision).toMatchObject({ number: 7n, author: "ada" });
    const [url, init] = fetchMock.mock.calls[0] ?? [];
    expect(url).toBe("/smartroute.admin.v1.ConfigService/GetConfig");
    expect(init).toMatchObject({ method: "POST", credentials: "same-origin", body: '{"revision":"7"}' });
  });

  it("sends the token of the session with every call once there is one", async () => {
    answer(200, {});
    await call(ConfigService.method.getConfig, {});
    expect(fetchMock.mock.calls[0]?.[1]?.headers).not.toHaveProperty("x-smartroute-csrf");
    setCsrfToken("t0ken");
    answer(200, {});
    await call(ConfigService.method.getConfig, {});
    expect(fetchMock.mock.calls[1]?.[1]?.headers).toHaveProperty("x-smartroute-csrf", "t0ken");
  });

  it("throws what the server says, with problems by path", async () => {
    answer(400, {
      code: "invalid_argument",
      message: "the configuration has errors",
      details: [],
      problems: [
        { path: "tiers.t1", what: "names no model", severity: "SEVERITY_ERROR", nearest: "gpt-4" },
        { path: "retry", what: "is never reached", severity: "SEVERITY_WARNING", line: 3 },
      ],
    });
    const error = await failure(call(ConfigService.method.putConfig, {}));
    expect(error).toMatchObject({ code: "invalid_argument", status: 400, message: "the configuration has errors" });
    expect(error.problems).toEqual([
      { path: "tiers.t1", message: "names no model", severity: "error", nearest: "gpt-4" },
      { path: "retry", message: "is never reached", severity: "warning", line: 3 },
    ]);
  });

  it.each([
    ["aborted", true],
    ["failed_precondition", true],
    ["invalid_argument", false],
  ])("takes %s for a conflict: %s", async (code, conflict) => {
    answer(409, { code, message: "x" });
    expect(isConflict(await failure(call(ConfigService.method.putConfig, {})))).toBe(conflict);
  });

  it("says how long to wait, when the server does", async () => {
    answer(429, { code: "resource_exhausted", message: "too many" }, { "retry-after": "30" });
    expect((await failure(call(SessionService.method.signIn, {}))).retryAfterMs).toBe(30_000);
  });

  it("makes a fair error of a page that some middle box sent", async () => {
    answer(502, "<html>Bad gateway</html>");
    expect(await failure(call(ConfigService.method.getConfig, {}))).toMatchObject({ code: "unavailable", status: 502, problems: [] });
  });

  it("calls a network failure unavailable", async () => {
    fetchMock.mockRejectedValueOnce(new TypeError("Failed to fetch"));
    expect(await failure(call(ConfigService.method.getConfig, {}))).toMatchObject({ code: "unavailable", status: 0 });
  });

  it("lets go of a call that was given up, as fetch does", async () => {
    const gone = new AbortController();
    gone.abort();
    fetchMock.mockRejectedValueOnce(new DOMException("aborted", "AbortError"));
    await expect(call(ConfigService.method.getConfig, {}, { signal: gone.signal })).rejects.toMatchObject({ name: "AbortError" });
  });

  it("does not take an answer that is no message of the contract", async () => {
    answer(200, { revision: "seven" });
    expect(await failure(call(ConfigService.method.getConfig, {}))).toMatchObject({ code: "internal" });
  });

  it("tells when nobody is signed in, but not when a sign-in failed", async () => {
    const told = vi.fn();
    const stop = onUnauthenticated(told);
    answer(401, { code: "unauthenticated", message: "wrong password" });
    await failure(call(SessionService.method.signIn, {}));
    expect(told).not.toHaveBeenCalled();
    answer(401, { code: "unauthenticated", message: "no session" });
    await failure(call(ConfigService.method.getConfig, {}));
    expect(told).toHaveBeenCalledOnce();
    stop();
  });
});

describe("postStream", () => {
  it("returns a model's error as it came, for it is something to show", async () => {
    answer(429, { error: { message: "slow down", code: "rate_limited" } });
    const response = await postStream("/admin/v1/playground/chat/completions", {});
    expect(response.status).toBe(429);
    expect(await response.json()).toMatchObject({ error: { message: "slow down" } });
  });

  it("throws what the control plane itself refuses", async () => {
    answer(403, { code: "permission_denied", message: "admins only" });
    expect(await failure(postStream("/x", {}))).toMatchObject({ code: "permission_denied", status: 403 });
  });
});

describe("apiUrl", () => {
  it("leaves out what is empty and repeats lists", () => {
    expect(apiUrl("/a", { q: "x y&z", none: undefined, blank: "", list: ["1", "2"], n: 3n, no: false })).toBe("/a?q=x+y%26z&list=1&list=2&n=3&no=false");
    expect(apiUrl("/a")).toBe("/a");
  });
});

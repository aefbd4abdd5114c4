import { beforeEach, describe, expect, test, vi } from "vitest";

const server = vi.hoisted(() => ({
  revision: 1n,
  docs: new Map<bigint, string>(),
  put: vi.fn(),
  problems: [] as unknown[],
}));

vi.mock("@/lib/api", () => {
  class ApiError extends Error {
    problems: unknown[];
    code: string;
    constructor(code: string, problems: unknown[] = []) {
      super(code);
      this.code = code;
      this.problems = problems;
    }
  }
  const answers: Record<string, (init: { revision?: bigint; baseRevision?: bigint; source?: { form: { value: string } } }) => unknown> = {
    GetConfig: ({ revision }) => {
      const number = revision || server.revision;
      const json = server.docs.get(number);
      if (json === undefined) throw new ApiError("not_found");
      return { revision: { number }, json, effectiveJson: json, ownedByFile: "", yaml: "" };
    },
    ListRevisions: () => ({ revisions: [{ number: server.revision }] }),
    ValidateConfig: () => ({ problems: server.problems }),
    PutConfig: ({ baseRevision, source }) => {
      server.put(source?.form.value);
      if (baseRevision !== server.revision) throw new ApiError("aborted");
      server.revision += 1n;
      server.docs.set(server.revision, source?.form.value ?? "");
      return { revision: { number: server.revision }, warnings: [] };
    },
  };
  return { ApiError, call: async (method: { name: string }, init: object) => answers[method.name]?.(init) };
});

const { DraftStore } = await import("./config-draft-store");
const { setIn } = await import("./config-draft-path");

const FIRST = `{"providers": [{"id": "openai", "base_url": "https://api.openai.com/v1", "api_key": "…abcd"}],
 "tiers": {"t1": {"models": ["openai/a"]}}, "params": {"global": {"seed": 12345678901234567890, "temperature": 1.0}}}`;

async function opened() {
  const store = new DraftStore();
  await store.load();
  return store;
}

beforeEach(() => {
  vi.useRealTimers();
  window.sessionStorage.clear();
  server.revision = 1n;
  server.docs = new Map([[1n, FIRST]]);
  server.problems = [];
  server.put.mockClear();
});

describe("the draft", () => {
  test("is the saved configuration until something is changed", async () => {
    const store = await opened();
    expect(store.get()).toMatchObject({ status: "ready", revision: 1n, dirty: false, changes: [] });
    store.update((doc) => setIn(doc, ["router", "mode"], "keyword"));
    expect(store.get().changes).toEqual([{ path: "router.mode", steps: ["router", "mode"], before: undefined, after: "keyword" }]);
    store.update((doc) => setIn(doc, ["router", "mode"], undefined));
    expect(store.get().dirty).toBe(false);
  });

  test("keeps the numbers of params as they were written", async () => {
    const store = await opened();
    store.update((doc) => setIn(doc, ["router", "mode"], "llm"));
    expect(store.text()).toContain('"seed": 12345678901234567890');
    expect(store.text()).toContain('"temperature": 1.0');
  });

  test("survives a reload without the keys that were typed", async () => {
    const store = await opened();
    store.update((doc) => setIn(doc, ["providers", { id: "openai" }, "api_key"], "sk-very-secret"));
    store.update((doc) => setIn(doc, ["router", "mode"], "keyword"));
    const leave = store.subscribe(() => undefined);
    window.dispatchEvent(new Event("pagehide"));
    leave();
    expect(window.sessionStorage.getItem("smartroute.config-draft")).not.toContain("very-secret");
    const again = await opened();
    expect(again.get().draft.router?.mode).toBe("keyword");
    expect(again.get().draft.providers?.[0]?.api_key).toBe("…abcd");
    expect(again.get().lostSecrets).toEqual(["providers[openai].api_key"]);
  });

  test("shows no key that was typed among its changes", async () => {
    const store = await opened();
    store.update((doc) => setIn(doc, ["providers", { id: "openai" }, "api_key"], "sk-very-secret"));
    expect(JSON.stringify(store.get().changes.map((change) => change.after))).not.toContain("very");
  });

  test("is saved against its revision and gone from memory then", async () => {
    const store = await opened();
    store.update((doc) => setIn(doc, ["router", "mode"], "keyword"));
    await expect(store.save("why")).resolves.toMatchObject({ kind: "saved", revision: 2n });
    expect(store.get()).toMatchObject({ dirty: false, revision: 2n });
    expect(window.sessionStorage.length).toBe(0);
  });

  test("conflicts with what somebody saved first, and goes on top of it where paths do not collide", async () => {
    const store = await opened();
    store.update((doc) => setIn(doc, ["router", "mode"], "keyword"));
    server.revision = 2n;
    server.docs.set(2n, FIRST.replace('["openai/a"]', '["openai/b"]'));
    await expect(store.save("")).resolves.toEqual({ kind: "conflict" });
    expect(store.get()).toMatchObject({ revision: 1n, newest: 2n, dirty: true });
    expect(store.preview({}).collisions).toEqual([]);
    store.rebase({});
    expect(store.get().revision).toBe(2n);
    expect(store.get().draft.tiers?.t1?.models).toEqual(["openai/b"]);
    expect(store.get().changes.map((change) => change.path)).toEqual(["router.mode"]);
    await expect(store.save("")).resolves.toMatchObject({ kind: "saved" });
  });

  test("is empty where there is no configuration yet", async () => {
    server.docs.clear();
    const store = await opened();
    expect(store.get()).toMatchObject({ status: "ready", revision: 0n, saved: {} });
  });

  test("is checked a moment after a change", async () => {
    vi.useFakeTimers();
    const store = await opened();
    server.problems = [{ path: "router.mode", what: "is wrong", nearest: "", line: 0, severity: 1 }];
    store.update((doc) => setIn(doc, ["router", "mode"], "keywort"));
    await vi.advanceTimersByTimeAsync(500);
    expect(store.get().problems).toEqual([{ path: "router.mode", message: "is wrong", severity: "error" }]);
  });
});

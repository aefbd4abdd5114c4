import { configure, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { renderAt } from "@/test/render";

// The page asks for a session and a configuration before it shows anything, and checks what is typed a while later.
configure({ asyncUtilTimeout: 8_000 });
vi.setConfig({ testTimeout: 30_000 });

const server = vi.hoisted(() => ({ revision: 1n, json: "", owned: "", role: 2, problems: [] as object[], saved: [] as string[] }));

vi.mock("@/lib/api", async (original) => {
  const answers: Record<string, (init: { source?: { form: { value: string } } }) => unknown> = {
    GetSession: () => ({ user: { id: "u", name: "ada", role: server.role }, csrfToken: "" }),
    GetConfig: () => ({ revision: { number: server.revision, author: "ada", createdAtMs: 1n }, json: server.json, effectiveJson: server.json, ownedByFile: server.owned }),
    ListRevisions: () => ({ revisions: [{ number: server.revision }] }),
    ValidateConfig: () => ({ problems: server.problems }),
    ListInstances: () => ({ instances: [{ instanceId: "p", hostname: "h", connected: true, appliedRevision: server.revision, rejectedRevision: 0n, problems: [] }] }),
    PutConfig: ({ source }) => {
      server.revision += 1n;
      server.json = source?.form.value ?? "";
      server.saved.push(server.json);
      return { revision: { number: server.revision }, warnings: [] };
    },
  };
  return { ...(await original<object>()), call: async (method: { name: string }, init: object) => answers[method.name]?.(init) };
});

const { draftStore } = await import("@/lib/config-draft");
const { ConfigPage } = await import("./index");
const { sectionOf } = await import("./lib/sections");

beforeEach(() => {
  server.revision = 1n;
  server.json = '{"providers":[{"id":"a","base_url":"http://127.0.0.1:9/v1"}],"tiers":{"t1":{"models":["a/x","a/y"]},"t3":{"models":["a/z"]}}}';
  server.owned = "";
  server.role = 2;
  server.problems = [];
  server.saved = [];
  draftStore.reset();
});

const open = () => renderAt(<ConfigPage />, { url: "/config/tiers" });
const models = (tier: string) => within(screen.getByRole("list", { name: `Models of ${tier}` })).queryAllByRole("listitem").map((item) => item.textContent?.replace(/^\d+/, ""));

describe("the configuration page", () => {
  test("moves a model to another tier by keys and saves it with a note", async () => {
    await open();
    const grip = await screen.findByRole("button", { name: "Move a/y, position 2 in T1" });
    grip.focus();
    await userEvent.keyboard(" {ArrowRight}{ArrowRight}");
    expect(screen.getByText("a/y: T3, position 1.")).toBeInTheDocument();
    await userEvent.keyboard(" ");
    expect([models("T1"), models("T3")]).toEqual([["a/x"], ["a/y", "a/z"]]);
    await userEvent.click(await screen.findByRole("button", { name: "Review and save" }));
    await userEvent.type(await screen.findByRole("textbox", { name: "Note" }), "why");
    await userEvent.click(screen.getByRole("button", { name: "Save changes" }));
    expect(await screen.findByText(/Revision 2 is live/)).toBeInTheDocument();
    expect(JSON.parse(server.saved[0] ?? "").tiers.t3.models).toEqual(["a/y", "a/z"]);
  });

  test("puts a model back on Escape", async () => {
    await open();
    (await screen.findByRole("button", { name: "Move a/x, position 1 in T1" })).focus();
    await userEvent.keyboard(" {ArrowDown}{Escape}");
    expect(models("T1")).toEqual(["a/x", "a/y"]);
    expect(draftStore.get().dirty).toBe(false);
  });

  test("shows a problem at its model, and does not save then", async () => {
    server.problems = [{ path: "tiers.t1.models[0]", what: "is odd", nearest: "", line: 0, severity: 1 }];
    await open();
    await userEvent.click(await screen.findByRole("button", { name: "Remove a/z from T3" }));
    expect(await screen.findByText("is odd")).toBeInTheDocument();
    await waitFor(() => expect(screen.getByRole("button", { name: "Review and save" })).toBeDisabled());
    expect(sectionOf("tiers.t1.models[0]")).toBe("tiers");
  });

  test("is read-only where a file owns it, and says which", async () => {
    server.owned = "/etc/smartroute.yaml";
    await open();
    expect(await screen.findByText("/etc/smartroute.yaml")).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: /Move a\/x/ })).toBeNull();
    expect(screen.queryByRole("button", { name: "Add a model" })).toBeNull();
  });

  test("is read-only for viewers", async () => {
    server.role = 1;
    await open();
    expect(await screen.findByText(/you need the admin role/)).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: /Remove a\/x/ })).toBeNull();
  });
});

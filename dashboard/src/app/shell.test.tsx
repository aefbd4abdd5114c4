import { create } from "@bufbuild/protobuf";
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { AccountRole, GetSessionResponseSchema, ListInstancesResponseSchema, ListModelHealthResponseSchema } from "@/gen/smartroute/v1/admin_pb";
import { ApiError, call } from "@/lib/api";
import { getPreferences, setPreferences } from "@/lib/preferences";
import { renderAt } from "@/test/render";
import { SessionGate } from "./session-gate";
import { Shell } from "./shell";

vi.mock("@/lib/api", async (original) => ({ ...(await original<typeof import("@/lib/api")>()), call: vi.fn() }));

const ada = { id: "u1", name: "ada", role: AccountRole.ADMIN };
let answers: Record<string, () => unknown>;

beforeEach(() => {
  sessionStorage.clear();
  setPreferences({ theme: "light", language: "en" });
  answers = {
    GetSession: () => create(GetSessionResponseSchema, { user: ada, version: "1.2.3" }),
    ListInstances: () =>
      create(ListInstancesResponseSchema, {
        newestRevision: 14n,
        instances: [
          { instanceId: "i1", hostname: "north", connected: true, appliedRevision: 14n, listen: "10.0.0.1:8080" },
          { instanceId: "i2", hostname: "south", connected: true, appliedRevision: 14n },
          { instanceId: "i3", hostname: "gone", connected: false, lastSeenMs: 5n },
        ],
      }),
    ListModelHealth: () => create(ListModelHealthResponseSchema, { models: [{ provider: "azure", model: "azure/gpt-4" }] }),
  };
  vi.mocked(call).mockImplementation((method) => {
    const answer = answers[method.name];
    if (!answer) return Promise.reject(new Error(`no answer for ${method.name}`));
    try {
      return Promise.resolve(answer()) as never;
    } catch (error) {
      return Promise.reject(error);
    }
  });
});

const open = (url = "/") =>
  renderAt(
    <SessionGate>
      <Shell>
        <h1>Page</h1>
      </Shell>
    </SessionGate>,
    { url },
  );

describe("the menu", () => {
  it("leads to every page, and marks the one that is shown", async () => {
    const user = userEvent.setup();
    const { url } = await open("/logs?range=1h");
    const menu = await screen.findByRole("navigation", { name: "Pages" });
    expect(within(menu).getAllByRole("link").map((link) => link.textContent)).toEqual([
      "Overview",
      "Logs",
      "Terminal",
      "Playground",
      "What-if",
      "Configuration",
      "Settings",
    ]);
    expect(within(menu).getByRole("link", { current: "page" })).toHaveTextContent("Logs");
    await user.click(within(menu).getByRole("link", { name: "What-if" }));
    await waitFor(() => expect(url()).toBe("/what-if"));
    expect(within(menu).getByRole("link", { current: "page" })).toHaveTextContent("What-if");
  });

  it("keeps its names for screen readers when it shows icons only, and remembers that", async () => {
    const user = userEvent.setup();
    await open();
    await user.click(await screen.findByRole("button", { name: "Collapse the sidebar" }));
    expect(screen.getByRole("link", { name: "Terminal" })).toBeInTheDocument();
    expect(localStorage.getItem("smartroute.sidebar")).toBe("narrow");
  });

  it("can be skipped", async () => {
    const user = userEvent.setup();
    await open();
    await screen.findByRole("main");
    await user.tab();
    expect(screen.getByRole("link", { name: "Skip to content" })).toHaveFocus();
    await user.keyboard("{Enter}");
    expect(screen.getByRole("main")).toHaveFocus();
  });
});

describe("the state of the gateway", () => {
  it("counts who is connected, and lists all on demand", async () => {
    const user = userEvent.setup();
    await open();
    await user.click(await screen.findByRole("button", { name: /Gateway: 2 instances revision 14/ }));
    const list = await screen.findByRole("dialog", { name: "State of the gateway" });
    expect(within(list).getByText("north")).toBeInTheDocument();
    expect(within(list).getAllByText("Up to date")).toHaveLength(2);
    expect(within(list).getByText("Away")).toBeInTheDocument();
  });

  it("says when an instance refused the newest revision", async () => {
    answers.ListInstances = () =>
      create(ListInstancesResponseSchema, {
        newestRevision: 3n,
        instances: [{ instanceId: "i1", connected: true, appliedRevision: 2n, rejectedRevision: 3n, problems: [{ path: "tiers", what: "are empty" }] }],
      });
    const user = userEvent.setup();
    await open();
    await user.click(await screen.findByRole("button", { name: /An instance refused the newest revision/ }));
    expect(await screen.findByText("Revision 3 was refused: tiers are empty")).toBeInTheDocument();
  });

  it("says when the control plane cannot be reached", async () => {
    answers.ListInstances = () => {
      throw new ApiError("unavailable", "down");
    };
    await open();
    expect(await screen.findByRole("button", { name: /Control plane unreachable/ })).toBeInTheDocument();
  });
});

describe("Ctrl+K", () => {
  it("finds a page, a section or a model by typing", async () => {
    const user = userEvent.setup();
    const { url } = await open();
    await screen.findByRole("main");
    await user.keyboard("{Control>}k{/Control}");
    await user.type(await screen.findByPlaceholderText("Go to a page, a model or an action"), "gpt-4");
    expect(await screen.findByRole("option", { name: /azure\/gpt-4/ })).toBeInTheDocument();
    await user.keyboard("{Enter}");
    await waitFor(() => expect(url()).toBe("/logs?model=azure%2Fgpt-4"));
    expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
  });

  it("switches theme and language", async () => {
    const user = userEvent.setup();
    await open();
    await screen.findByRole("main");
    await user.keyboard("{Control>}k{/Control}");
    await user.click(await screen.findByRole("option", { name: /Switch language: 简体中文/ }));
    expect(getPreferences().language).toBe("zh-CN");
  });

  it("closes with Escape and gives the focus back", async () => {
    const user = userEvent.setup();
    await open();
    const button = await screen.findByRole("button", { name: "Search and commands" });
    await user.click(button);
    await screen.findByRole("dialog");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
    await waitFor(() => expect(button).toHaveFocus());
  });
});

describe("keys", () => {
  it("go to a page after g, and show themselves with ?", async () => {
    const user = userEvent.setup();
    const { url } = await open();
    await screen.findByRole("main");
    await user.keyboard("gt");
    await waitFor(() => expect(url()).toBe("/terminal"));
    await user.keyboard("?");
    const help = await screen.findByRole("dialog", { name: "Keyboard shortcuts" });
    expect(within(help).getByText("Go to Playground")).toBeInTheDocument();
  });

  it("are letters where one is writing", async () => {
    const user = userEvent.setup();
    const { url } = await renderAt(
      <SessionGate>
        <Shell>
          <input aria-label="text" />
        </Shell>
      </SessionGate>,
    );
    await user.type(await screen.findByLabelText("text"), "gt?");
    expect(screen.getByLabelText("text")).toHaveValue("gt?");
    expect(url()).toBe("/");
    expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
  });
});

describe("an unsaved configuration", () => {
  it("is seen on every page, and leads to it", async () => {
    sessionStorage.setItem("smartroute.config-draft", "{}");
    await open("/logs");
    expect(await screen.findByRole("link", { name: "Unsaved configuration" })).toHaveAttribute("href", "/config");
  });
});

describe("the gate", () => {
  it("leads who is not signed in to the sign-in page, which knows the way back", async () => {
    answers.GetSession = () => create(GetSessionResponseSchema, {});
    const { url } = await open("/logs?range=6h&model=a");
    await waitFor(() => expect(url()).toBe("/sign-in?next=%2Flogs%3Frange%3D6h%26model%3Da"));
    expect(screen.queryByRole("navigation")).not.toBeInTheDocument();
  });

  it("leads to set-up while nobody has an account", async () => {
    answers.GetSession = () => create(GetSessionResponseSchema, { setUpNeeded: true });
    const { url } = await open("/");
    await waitFor(() => expect(url()).toBe("/set-up"));
  });

  it("says so when the control plane does not answer, and tries again when asked to", async () => {
    answers.GetSession = () => {
      throw new ApiError("unavailable", "down");
    };
    const user = userEvent.setup();
    await open();
    const retry = await screen.findByRole("button", { name: "Try again" });
    expect(screen.getByRole("alert")).toHaveTextContent("The control plane cannot be reached");
    answers.GetSession = () => create(GetSessionResponseSchema, { user: ada });
    await user.click(retry);
    expect(await screen.findByRole("navigation", { name: "Pages" })).toBeInTheDocument();
  });
});

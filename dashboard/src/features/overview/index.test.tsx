import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import {
  AccountRole,
  GetAboutResponseSchema,
  GetSessionResponseSchema,
  GetStatsResponseSchema,
  ListInstancesResponseSchema,
  ListModelHealthResponseSchema,
  ResetModelHealthResponseSchema,
} from "@/gen/smartroute/v1/admin_pb";
import { ApiError, call } from "@/lib/api";
import { renderAt } from "@/test/render";
import { OverviewPage } from "./index";

vi.mock("@/lib/api", async (original) => ({ ...(await original<typeof import("@/lib/api")>()), call: vi.fn() }));
vi.mock("@/components/charts/time-plot", () => ({ TimePlot: ({ label }: { label: string }) => <div>{`plot of ${label}`}</div> }));

type Stats = MessageInitShape<typeof GetStatsResponseSchema>;
type Asked = { dimension?: string; sinceMs?: bigint; model?: string };
const minute = 60_000;
const begin = Date.UTC(2026, 10, 23, 12);

const summary: Stats = {
  sinceMs: BigInt(begin),
  untilMs: BigInt(begin + 20 * minute),
  stepMs: BigInt(minute),
  inFlight: 4,
  qps: 3.5,
  series: [
    {
      totals: { requests: 200n, successes: 190n, failures: 10n, qps: 1, responseTime: { count: 190n, avgMs: 1500, p50Ms: 1000, p90Ms: 2000, p99Ms: 9000 }, unpricedRequests: 190n },
      points: [{ atMs: BigInt(begin), totals: { requests: 200n, successes: 190n, failures: 10n } }],
    },
  ],
  before: [{ totals: { requests: 100n, successes: 100n, qps: 0.5, responseTime: { count: 100n, avgMs: 3000, p50Ms: 1000 } } }],
};
const byDimension: Record<string, Stats> = {
  tier: { series: [{ value: "t1", totals: { requests: 150n } }, { value: "none", totals: { requests: 50n } }] },
  model: { series: [{ value: "azure/gpt,4", totals: { requests: 190n } }] },
  provider: { series: [{ value: "azure", totals: { requests: 190n } }] },
  key: { series: [{ value: "ab12", label: "batch jobs", totals: { requests: 190n } }] },
  error: { series: [{ value: "rate_limited", totals: { requests: 8n } }, { value: "brand_new", totals: { requests: 2n } }] },
};
let answers: { summary: () => Stats; role: AccountRole; models: MessageInitShape<typeof ListModelHealthResponseSchema>["models"]; stats?: (asked: Asked) => Stats };

beforeEach(() => {
  answers = { summary: () => summary, role: AccountRole.ADMIN, models: [{ model: "azure/gpt-4", provider: "azure", health: 40, successes: 3n, failures: [{ kind: "timeout", count: 2n }] }] };
  vi.mocked(call).mockImplementation((async (method: { name: string }, asked: Asked) => {
    switch (method.name) {
      case "GetSession":
        return create(GetSessionResponseSchema, { user: { id: "u", name: "ada", role: answers.role } });
      case "GetStats":
        return create(GetStatsResponseSchema, answers.stats?.(asked) ?? (asked.dimension ? byDimension[asked.dimension] : answers.summary()));
      case "ListModelHealth":
        return create(ListModelHealthResponseSchema, { models: answers.models ?? [] });
      case "ResetModelHealth":
        return create(ResetModelHealthResponseSchema, { models: 1 });
      case "ListInstances":
        return create(ListInstancesResponseSchema, { newestRevision: 3n, instances: [{ instanceId: "i-1", connected: true, appliedRevision: 2n, listen: "127.0.0.1:9" }] });
      default:
        return create(GetAboutResponseSchema, { proxies: ["0.0.0.0:8080"], stateFolder: "/s/demo" });
    }
  }) as unknown as typeof call);
});

const kpi = async (name: string) => {
  const term = await screen.findByText(name, { selector: "dt" });
  return within(term.parentElement ?? document.body);
};

describe("the overview", () => {
  it("shows figures against the period before, by meaning and in words", async () => {
    await renderAt(<OverviewPage />);
    const average = await kpi("Average response time");
    expect(average.getByText("50% better")).toBeVisible();
    expect((await kpi("Requests")).getByText("100% more")).toBeVisible();
    expect((await kpi("Error rate")).getByText("5 points worse")).toBeVisible();
    expect((await kpi("In flight")).getByText("4")).toBeVisible();
  });

  it("does not take an unknown cost for zero", async () => {
    await renderAt(<OverviewPage />);
    expect((await kpi("Cost")).getByText("unknown")).toBeVisible();
    expect((await kpi("Cost")).getByText("190 requests of unknown price")).toBeVisible();
    expect((await kpi("Saved by routing")).getByText("unknown")).toBeVisible();
  });

  it("leads from a bar to the requests it counts, in the same range", async () => {
    await renderAt(<OverviewPage />, { url: "/?range=6h" });
    const error = await screen.findByRole("link", { name: "Rate limited" });
    expect(error).toHaveAttribute("href", "/logs?error=rate_limited&range=6h");
    const model = await screen.findByRole("link", { name: "azure/gpt,4" });
    expect(new URL(model.getAttribute("href") ?? "", "http://h").searchParams.get("model")).toBe("azure/gpt\\,4");
    expect(await screen.findByRole("link", { name: "batch jobs" })).toHaveAttribute("href", "/logs?key=ab12&range=6h");
    expect(await screen.findByRole("link", { name: "brand new" })).toBeVisible();
  });

  it("shows the chart as a table", async () => {
    await renderAt(<OverviewPage />);
    expect(await screen.findByText("plot of Requests and errors")).toBeVisible();
    const tools = screen.getByRole("toolbar", { name: "Tools for Requests and errors" });
    await userEvent.click(within(tools).getByRole("button", { name: "View as table" }));
    const table = screen.getByRole("table", { name: "Requests and errors" });
    expect(within(table).getByRole("cell", { name: "190" })).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Successes" }));
    expect(within(table).queryByRole("cell", { name: "190" })).toBeNull();
  });

  it("zooms by button, and back to the preset", async () => {
    const page = await renderAt(<OverviewPage />, { url: "/?range=6h" });
    const tools = await screen.findByRole("toolbar", { name: "Tools for Response time" });
    await userEvent.click(within(tools).getByRole("button", { name: "Zoom in" }));
    await waitFor(() => expect(page.url()).toMatch(/since=\d+/));
    const reset = (await screen.findAllByRole("button", { name: "Reset zoom" }))[0];
    if (!reset) throw new Error("no way back");
    await userEvent.click(reset);
    await waitFor(() => expect(page.url()).toBe("/?range=6h"));
  });

  it("sets the limits of good and slow in the URL", async () => {
    const page = await renderAt(<OverviewPage />);
    expect(await screen.findByText(/p90 2 s: good/)).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Limits" }));
    const good = await screen.findByRole("textbox", { name: "Good up to, in seconds" });
    await userEvent.clear(good);
    await userEvent.type(good, "0.5");
    const slow = screen.getByRole("textbox", { name: "Slow from, in seconds" });
    await userEvent.clear(slow);
    await userEvent.type(slow, "2");
    await userEvent.click(screen.getByRole("button", { name: "Apply" }));
    expect(await screen.findByText(/p90 2 s: slow/)).toBeVisible();
    expect(page.url()).toBe("/?good=500&slow=2000");
  });

  it("says what failed and tries again", async () => {
    answers.summary = () => {
      throw new ApiError("internal", "the store is closed", 500);
    };
    await renderAt(<OverviewPage />);
    expect(await screen.findByText("the store is closed")).toBeVisible();
    answers.summary = () => summary;
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await kpi("Requests")).toBeTruthy();
  });

  it("keeps old figures under a banner when they cannot be refreshed", async () => {
    await renderAt(<OverviewPage />);
    await kpi("Requests");
    answers.summary = () => {
      throw new ApiError("internal", "the store is closed", 500);
    };
    await userEvent.click(screen.getByRole("button", { name: "Refresh now" }));
    expect(await screen.findByText(/may be out of date/)).toBeVisible();
    expect(await kpi("Requests")).toBeTruthy();
  });
});

describe("without requests", () => {
  const nothing: Stats = { sinceMs: 0n, untilMs: 1n, stepMs: 1n };

  it("tells a fresh install how to send the first one", async () => {
    answers.stats = () => nothing;
    await renderAt(<OverviewPage />);
    expect(await screen.findByRole("heading", { name: "Send the first request" })).toBeVisible();
    expect(await screen.findByText("http://localhost:8080/v1")).toBeVisible();
    expect(screen.getByRole("link", { name: "Open providers" })).toHaveAttribute("href", "/config/providers");
    await userEvent.click(screen.getByRole("tab", { name: "Python" }));
    expect(screen.getByText(/from openai import OpenAI/)).toBeVisible();
    expect(screen.getByText(/This is the demo/)).toBeVisible();
  });

  it("offers a longer range where there were some before", async () => {
    answers.stats = (asked) => (asked.dimension === "tier" ? (byDimension.tier ?? {}) : nothing);
    const page = await renderAt(<OverviewPage />);
    await userEvent.click(await screen.findByRole("button", { name: "Show 30 days" }));
    await waitFor(() => expect(page.url()).toBe("/?range=30d"));
  });
});

describe("model health", () => {
  it("shows the worst first, eight of many, and finds the rest", async () => {
    answers.models = Array.from({ length: 11 }, (_, i) => ({ model: `p/m${i}`, provider: "p", health: 100 - i, successes: 1n }));
    await renderAt(<OverviewPage />);
    const first = (await screen.findAllByRole("img", { name: /^Health/ }))[0];
    expect(first).toHaveAccessibleName("Health 90 of 100");
    expect(screen.getAllByRole("img", { name: /^Health/ })).toHaveLength(8);
    await userEvent.click(screen.getByRole("button", { name: "Expand all (11)" }));
    expect(screen.getAllByRole("img", { name: /^Health/ })).toHaveLength(11);
    await userEvent.type(screen.getByRole("searchbox", { name: "Filter models" }), "m10");
    expect(screen.getAllByRole("img", { name: /^Health/ })).toHaveLength(1);
  });

  it("resets a model after asking", async () => {
    await renderAt(<OverviewPage />);
    await userEvent.click(await screen.findByRole("button", { name: "Reset health of azure/gpt-4" }));
    const dialog = await screen.findByRole("alertdialog", { name: "Reset the health of azure/gpt-4?" });
    await userEvent.click(within(dialog).getByRole("button", { name: "Reset health" }));
    await waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
    const asked = vi.mocked(call).mock.calls.find(([method]) => (method as { name: string }).name === "ResetModelHealth");
    expect(asked?.[1]).toEqual({ model: "azure/gpt-4" });
  });

  it("lets viewers look only", async () => {
    answers.role = AccountRole.VIEWER;
    await renderAt(<OverviewPage />);
    expect(await screen.findByText("Poor")).toBeVisible();
    expect(screen.queryByRole("button", { name: /Reset health/ })).toBeNull();
  });
});

import { create } from "@bufbuild/protobuf";
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { ExplainRouteResponseSchema, GetRecordResponseSchema, ListFacetsResponseSchema, ListRecordsResponseSchema } from "@/gen/smartroute/v1/admin_pb";
import { ApiError, call } from "@/lib/api";
import { renderAt } from "@/test/render";
import { LogsPage } from "./index";
import { recordWith } from "./lib/record-fixture";

vi.mock(import("@/lib/api"), async (original) => ({ ...(await original()), call: vi.fn(), openSocket: vi.fn(() => ({ close() {}, send() {} })) }));

const answers: Record<string, () => unknown> = {};
const asked: { name: string; init: unknown }[] = [];
const encode = (text: string) => new TextEncoder().encode(text);
const hostile = '<img src=x onerror="alert(1)">';

beforeEach(() => {
  asked.length = 0;
  answers.listFacets = () => create(ListFacetsResponseSchema, { facets: [{ dimension: "tier", values: [{ value: "t1", records: 12n }, { value: "none", records: 3n }] }] });
  answers.listRecords = () => create(ListRecordsResponseSchema);
  answers.getRecord = () =>
    create(GetRecordResponseSchema, {
      bodiesKept: true,
      record: recordWith({
        requestBody: encode(JSON.stringify({ messages: [{ role: "user", content: hostile }] })),
        responseBody: encode('{"choices":[{"message":{"role":"assistant","content":"Hello"}'),
        responseCut: true,
      }),
    });
  answers.explainRoute = () => create(ExplainRouteResponseSchema, { tier: "t1", revision: 2n, reason: "default_tier", route: { candidates: [{ model: "azure/gpt-4o-mini" }] } });
  vi.mocked(call).mockImplementation((method, init) => {
    const name = `${method.name.charAt(0).toLowerCase()}${method.name.slice(1)}`;
    asked.push({ name, init });
    try {
      return Promise.resolve(answers[name]?.()) as never;
    } catch (error) {
      return Promise.reject(error);
    }
  });
});

describe("the log page", () => {
  test("asks for the list and the facets, and nothing else", async () => {
    await renderAt(<LogsPage />, { url: "/logs" });
    await screen.findByText("No requests in this time range");
    expect(asked.map(({ name }) => name).sort()).toEqual(["listFacets", "listRecords"]);
  });

  test("narrows by a facet, in the URL, and says how to get everything back", async () => {
    const user = userEvent.setup();
    const { url } = await renderAt(<LogsPage />, { url: "/logs" });
    await user.click(await screen.findByRole("checkbox", { name: /Model was named/ }));
    await waitFor(() => expect(url()).toContain("tier=none"));
    await waitFor(() => expect(asked.at(-1)).toMatchObject({ name: "listRecords", init: { filter: { tiers: ["none"] } } }));
    await user.click((await screen.findAllByRole("button", { name: "Clear all filters" }))[0] as HTMLElement);
    await waitFor(() => expect(url()).not.toContain("tier"));
  });

  test("says what failed, and tries again", async () => {
    answers.listRecords = () => {
      throw new ApiError("internal", "the disk is full", 500);
    };
    await renderAt(<LogsPage />, { url: "/logs" });
    expect(await screen.findByText(/the disk is full/)).toBeInTheDocument();
    answers.listRecords = () => create(ListRecordsResponseSchema);
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    await screen.findByText("No requests in this time range");
  });

  test("goes on with a search that ran out of time when told to", async () => {
    answers.listRecords = () => create(ListRecordsResponseSchema, { nextCursor: "c1", searchedToUs: 1_795_433_481_000_000n });
    await renderAt(<LogsPage />, { url: "/logs?q=rare" });
    await screen.findByText("Nothing found so far");
    answers.listRecords = () => create(ListRecordsResponseSchema);
    await userEvent.click(screen.getByRole("button", { name: "Search further back" }));
    await waitFor(() => expect(asked.at(-1)).toMatchObject({ name: "listRecords", init: { cursor: "c1" } }));
    await screen.findByText("No request matches these filters");
  });
});

describe("the drawer", () => {
  const open = async () => {
    await renderAt(<LogsPage />, { url: "/logs?record=6c0100" });
    return within(await screen.findByRole("dialog"));
  };

  test("tells the route, every attempt with its reason, and the points in time", async () => {
    const drawer = await open();
    expect(await drawer.findByText("The classifier judged the prompt to be T3, 97% sure.")).toBeInTheDocument();
    expect(drawer.getByText("2 attempts failed, then azure/gpt-4 answered.")).toBeInTheDocument();
    expect(drawer.getByText("status 503")).toBeInTheDocument();
    expect(drawer.getByText("waited 200 ms")).toBeInTheDocument();
    expect(drawer.getByRole("rowheader", { name: "First byte" })).toBeInTheDocument();
    expect(asked.find(({ name }) => name === "getRecord")?.init).toEqual({ recordId: "6c0100", signals: true });
  });

  test("shows what was said as text and nothing else, and reads an answer that was cut", async () => {
    const user = userEvent.setup();
    const drawer = await open();
    await user.click(await drawer.findByRole("tab", { name: "Request" }));
    expect(drawer.getByText(hostile)).toBeInTheDocument();
    expect(document.querySelector("img")).toBeNull();
    await user.click(drawer.getByRole("tab", { name: "Response" }));
    expect(drawer.getByText(/Only the beginning was kept/)).toBeInTheDocument();
    expect(drawer.getByText("Hello")).toBeInTheDocument();
  });

  test("decides the request again, and puts then and now side by side", async () => {
    const user = userEvent.setup();
    const drawer = await open();
    await user.click(await drawer.findByRole("tab", { name: "Route" }));
    await user.click(drawer.getByRole("button", { name: "Decide again" }));
    expect(await drawer.findByText("Other tier")).toBeInTheDocument();
    expect(drawer.getByText("azure/gpt-4o-mini")).toBeInTheDocument();
    expect(asked.at(-1)).toMatchObject({ name: "explainRoute", init: { requestJson: expect.stringContaining("onerror") } });
  });

  test("closes on Escape, and says when a record is gone", async () => {
    answers.getRecord = () => {
      throw new ApiError("not_found", "there is no such record", 404);
    };
    const { url } = await renderAt(<LogsPage />, { url: "/logs?record=6c0100" });
    expect(await screen.findByText(/This record is not in the log/)).toBeInTheDocument();
    await userEvent.keyboard("{Escape}");
    await waitFor(() => expect(url()).toBe("/logs"));
  });
});

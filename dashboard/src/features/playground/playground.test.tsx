import { create } from "@bufbuild/protobuf";
import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { AccountRole, GetConfigResponseSchema, GetSessionResponseSchema, ListRecordsResponseSchema, ListRevisionsResponseSchema } from "@/gen/smartroute/v1/admin_pb";
import { call, postStream } from "@/lib/api";
import { renderAt } from "@/test/render";
import { PlaygroundPage } from "./index";

vi.mock("@/lib/api", async (original) => ({ ...(await original<typeof import("@/lib/api")>()), call: vi.fn(), postStream: vi.fn() }));

const encoder = new TextEncoder();
function streamed(pieces: string[], headers: Record<string, string> = {}) {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(encoder.encode(piece));
      controller.close();
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream", ...headers } });
}
const said = (content: string, finish: string | null = null) => `data: ${JSON.stringify({ choices: [{ delta: { content }, finish_reason: finish }] })}\n\n`;

let role = AccountRole.ADMIN;
beforeEach(() => {
  role = AccountRole.ADMIN;
  sessionStorage.clear();
  vi.mocked(call).mockImplementation(async (method) => {
    if (method.name === "GetSession") return create(GetSessionResponseSchema, { user: { id: "u1", name: "ada", role } }) as never;
    if (method.name === "GetConfig") return create(GetConfigResponseSchema, { revision: { number: 1n }, json: '{"tiers":{"t1":{"models":["steady/small"]}}}' }) as never;
    if (method.name === "ListRevisions") return create(ListRevisionsResponseSchema, {}) as never;
    if (method.name === "ListRecords")
      return create(ListRecordsResponseSchema, { records: [{ recordId: "r9", requestId: "req_1", tier: "t1", provider: "steady", model: "steady/small", reason: "embedded:0.97", cost: { nanoUsd: 86_000n } }] }) as never;
    return {} as never;
  });
});

async function ask(text: string) {
  await userEvent.type(await screen.findByRole("textbox", { name: "Message" }), `${text}{Enter}`);
}

describe("asking", () => {
  it("shows the answer as text, who gave it, what it cost and why it went there", async () => {
    vi.mocked(postStream).mockResolvedValue(streamed([said("<img src=x>"), said(" ok", "stop"), "data: [DONE]\n\n"], { "x-request-id": "req_1", "x-smartroute-tier": "t1" }));
    await renderAt(<PlaygroundPage />, { url: "/playground" });
    await ask("hello");
    const answer = await screen.findByRole("article", { name: "Answer of auto" });
    expect(await within(answer).findByText("<img src=x> ok")).toBeVisible();
    expect(await within(answer).findByText("$0.000086")).toBeVisible();
    expect(within(answer).getByText("the classifier, 97% sure")).toBeVisible();
    expect(within(answer).getByRole("link", { name: "Log record" })).toHaveAttribute("href", "/logs?record=r9");
    expect(vi.mocked(postStream).mock.calls[0]?.[1]).toMatchObject({ model: "auto", stream: true, messages: [{ role: "user", content: "hello" }] });
  });

  it("keeps what came before the stream broke, and says so", async () => {
    vi.mocked(postStream).mockResolvedValue(streamed([said("half"), 'data: {"error":{"message":"provider broke","code":"upstream_broken"}}\n\n']));
    await renderAt(<PlaygroundPage />, { url: "/playground" });
    await ask("hello");
    expect(await screen.findByText("half")).toBeVisible();
    expect(screen.getByRole("alert")).toHaveTextContent("provider broke");
  });

  it("asks both columns the same when comparing", async () => {
    vi.mocked(postStream).mockImplementation(async () => streamed([said("x", "stop"), "data: [DONE]\n\n"], { "x-request-id": "req_1" }));
    await renderAt(<PlaygroundPage />, { url: "/playground" });
    await userEvent.click(await screen.findByRole("switch", { name: "Compare" }));
    await ask("hello");
    expect(await screen.findByText(/Both cost \$0\.000086\./)).toBeVisible();
    expect(vi.mocked(postStream).mock.calls.slice(-2).map(([, body]) => (body as { model: string }).model)).toEqual(["auto", "t3"]);
  });

  it("is for admins; viewers are told so", async () => {
    role = AccountRole.VIEWER;
    await renderAt(<PlaygroundPage />, { url: "/playground" });
    await userEvent.type(await screen.findByRole("textbox", { name: "Message" }), "hello");
    expect(screen.getByRole("button", { name: "Send" })).toBeDisabled();
    expect(screen.getByText("Only admins can ask models")).toBeVisible();
    expect(screen.getByRole("button", { name: "Why?" })).toBeEnabled();
  });
});

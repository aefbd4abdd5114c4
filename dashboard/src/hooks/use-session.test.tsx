import { create } from "@bufbuild/protobuf";
import { QueryClient } from "@tanstack/react-query";
import { screen } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { AccountRole, GetSessionResponseSchema } from "@/gen/smartroute/v1/admin_pb";
import { call, setCsrfToken } from "@/lib/api";
import { renderAt } from "@/test/render";
import { sessionQuery, useSession } from "./use-session";

vi.mock("@/lib/api", async (original) => ({ ...(await original<typeof import("@/lib/api")>()), call: vi.fn(), setCsrfToken: vi.fn() }));

const answered = (role: AccountRole) =>
  vi.mocked(call).mockResolvedValue(create(GetSessionResponseSchema, { user: { id: "u1", name: "ada", role }, csrfToken: "t0ken" }));

function Who() {
  const { user, isAdmin } = useSession();
  return (
    <p>
      {user.name} {isAdmin ? "may change" : "may look"}
    </p>
  );
}

beforeEach(() => {
  vi.mocked(call).mockReset();
});

describe("useSession", () => {
  it.each([
    [AccountRole.ADMIN, "ada may change"],
    [AccountRole.VIEWER, "ada may look"],
    [AccountRole.UNSPECIFIED, "ada may look"],
  ])("knows who is signed in and, by role %s, what they may", async (role, text) => {
    answered(role);
    await renderAt(<Who />);
    expect(await screen.findByText(text)).toBeInTheDocument();
  });
});

describe("sessionQuery", () => {
  it("hands the token of the session to all other calls", async () => {
    answered(AccountRole.ADMIN);
    await new QueryClient().fetchQuery(sessionQuery);
    expect(setCsrfToken).toHaveBeenCalledWith("t0ken");
  });
});

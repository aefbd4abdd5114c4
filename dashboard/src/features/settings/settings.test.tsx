import { create } from "@bufbuild/protobuf";
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { AccountRole, GetSessionResponseSchema, ListUsersResponseSchema, UserSchema } from "@/gen/smartroute/v1/admin_pb";
import { ApiError, call } from "@/lib/api";
import { renderAt } from "@/test/render";
import { RecoveryCodes } from "./components/recovery-codes";
import { UsersSection } from "./components/users-section";
import { SettingsPage } from "./index";

vi.mock("@/lib/api", async (original) => ({ ...(await original<typeof import("@/lib/api")>()), call: vi.fn() }));

const user = (id: string, name: string, role: AccountRole, twoFactor = false) => create(UserSchema, { id, name, role, twoFactor });
const ada = user("u1", "ada", AccountRole.ADMIN);

function serve(me = ada, answers: Record<string, () => unknown> = {}) {
  vi.mocked(call).mockImplementation(async (method) => {
    const answer = answers[method.name];
    if (answer) return answer() as never;
    if (method.name === "GetSession") return create(GetSessionResponseSchema, { user: me, csrfToken: "x" }) as never;
    if (method.name === "ListUsers") return create(ListUsersResponseSchema, { users: [ada, user("u2", "grace <b>", AccountRole.VIEWER, true)] }) as never;
    return {} as never;
  });
}

beforeEach(() => serve());

describe("recovery codes", () => {
  it("are not left before one says that they are saved", async () => {
    const onDone = vi.fn();
    await renderAt(<RecoveryCodes codes={["aaaa-bbbb", "cccc-dddd"]} onDone={onDone} />);
    const done = screen.getByRole("button", { name: "Done" });
    expect(done).toBeDisabled();
    await userEvent.click(screen.getByRole("checkbox", { name: "I have saved them" }));
    await userEvent.click(done);
    expect(onDone).toHaveBeenCalledOnce();
  });
});

describe("users", () => {
  it("can be acted on, but not the one who is signed in", async () => {
    await renderAt(<UsersSection />);
    const table = await screen.findByRole("table");
    expect(within(table).getByText("grace <b>")).toBeVisible();
    expect(screen.queryByRole("button", { name: "Actions for ada" })).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Actions for grace <b>" }));
    expect(screen.getAllByRole("menuitem").map((item) => item.textContent)).toEqual(["Make admin", "Reset password", "Remove two-factor", "Delete user"]);
  });

  it("stay when the server refuses to delete them, and say why", async () => {
    serve(ada, { DeleteUser: () => { throw new ApiError("failed_precondition", "grace is the last admin", 400); } });
    await renderAt(<UsersSection />);
    await userEvent.click(await screen.findByRole("button", { name: "Actions for grace <b>" }));
    await userEvent.click(screen.getByRole("menuitem", { name: "Delete user" }));
    const dialog = await screen.findByRole("alertdialog", { name: "Delete the user grace <b>?" });
    await userEvent.click(within(dialog).getByRole("button", { name: "Delete user" }));
    expect(await within(dialog).findByText("grace is the last admin")).toBeVisible();
  });

  it("get a password that is shown once", async () => {
    await renderAt(<UsersSection />);
    await userEvent.click(await screen.findByRole("button", { name: "Add user" }));
    const dialog = await screen.findByRole("dialog");
    await userEvent.type(within(dialog).getByLabelText("Name"), "eve");
    await userEvent.click(within(dialog).getByRole("button", { name: "Add user" }));
    await screen.findByText("eve can sign in now");
    const sent = vi.mocked(call).mock.calls.find(([method]) => method.name === "CreateUser")?.[1] as { password: string; role: AccountRole };
    expect(sent.role).toBe(AccountRole.VIEWER);
    expect(screen.getByText(sent.password)).toBeVisible();
  });
});

describe("the page", () => {
  it("shows viewers no sections of others' things", async () => {
    serve(user("u2", "grace", AccountRole.VIEWER));
    await renderAt(<SettingsPage />, { url: "/settings/account" });
    const nav = await screen.findByRole("navigation", { name: "Sections of the settings" });
    await waitFor(() => expect(within(nav).getAllByRole("link").map((link) => link.textContent)).toEqual(["Account", "Two-factor", "Sessions", "Language and appearance", "About"]));
  });
});

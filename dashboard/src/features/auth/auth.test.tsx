import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { createMemoryHistory, createRootRoute, createRoute, createRouter, Outlet, RouterProvider } from "@tanstack/react-router";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { TooltipProvider } from "@/components/ui/tooltip";
import { AccountRole, GetConfigResponseSchema, GetSessionResponseSchema, SignInResponseSchema } from "@/gen/smartroute/v1/admin_pb";
import { ApiError, call } from "@/lib/api";
import { signIn } from "./data/sign-in";
import { SetUpPage, SignInPage } from "./index";
import { strengthOf } from "./lib/password-strength";
import { parseSetUpSearch, parseSignInSearch } from "./search";

vi.mock("@/lib/api", async (original) => ({ ...(await original<typeof import("@/lib/api")>()), call: vi.fn() }));

type Session = MessageInitShape<typeof GetSessionResponseSchema>;
const nobody: Session = { secureCookie: true };
const ada: Session = { user: { id: "u1", name: "ada", role: AccountRole.ADMIN }, csrfToken: "t", secureCookie: true };

let session: Session;
let calls: { name: string; init: Record<string, unknown> }[];
let answers: Record<string, (init: Record<string, unknown>) => unknown>;

beforeEach(() => {
  sessionStorage.clear();
  session = nobody;
  calls = [];
  answers = {
    GetSession: () => create(GetSessionResponseSchema, session),
    SignIn: () => {
      session = ada;
      return create(SignInResponseSchema, {});
    },
    SetUp: () => {
      session = ada;
      return create(SignInResponseSchema, {});
    },
    GetConfig: () => {
      throw new ApiError("not_found", "no configuration yet", 404);
    },
  };
  vi.mocked(call).mockImplementation((async (method: { name: string }, init: Record<string, unknown> = {}) => {
    calls.push({ name: method.name, init });
    return answers[method.name]?.(init) ?? expect.fail(`no answer for ${method.name}`);
  }) as never);
});

async function open(url: string) {
  const root = createRootRoute({ component: Outlet });
  const routes = [
    createRoute({ getParentRoute: () => root, path: "/sign-in", validateSearch: parseSignInSearch, component: SignInPage }),
    createRoute({ getParentRoute: () => root, path: "/set-up", validateSearch: parseSetUpSearch, component: SetUpPage }),
    createRoute({ getParentRoute: () => root, path: "$", component: () => <p>inside</p> }),
    createRoute({ getParentRoute: () => root, path: "/", component: () => <p>home</p> }),
  ];
  const history = createMemoryHistory({ initialEntries: [url] });
  const router = createRouter({ routeTree: root.addChildren(routes), history });
  await router.load();
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={client}>
      <TooltipProvider>
        <RouterProvider router={router as never} />
      </TooltipProvider>
    </QueryClientProvider>,
  );
  return { url: () => history.location.href, user: userEvent.setup() };
}

async function give(user: ReturnType<typeof userEvent.setup>, name: string, password: string, button: string) {
  await user.type(await screen.findByLabelText(/^Name/), name);
  await user.type(screen.getByLabelText(/^Password/), password);
  await user.click(screen.getByRole("button", { name: button }));
}
const sent = (name: string) => calls.filter((one) => one.name === name).map((one) => one.init);

describe("signing in", () => {
  it("leads back to where one wanted to be", async () => {
    const { url, user } = await open("/sign-in?next=%2Flogs%3Frange%3D6h");
    await give(user, "ada", "correct horse", "Sign in");
    await waitFor(() => expect(url()).toBe("/logs?range=6h"));
    expect(sent("SignIn")).toEqual([{ name: "ada", password: "correct horse", code: "" }]);
  });

  it("asks for what is missing before it asks the server", async () => {
    const { user } = await open("/sign-in");
    await user.click(await screen.findByRole("button", { name: "Sign in" }));
    expect(await screen.findByText("Enter your name")).toBeInTheDocument();
    expect(screen.getByLabelText("Name")).toBeInvalid();
    expect(sent("SignIn")).toEqual([]);
  });

  it("asks for a code where the account has a second factor, and sends it with the password", async () => {
    answers.SignIn = (init) => {
      if (init.code === "") return create(SignInResponseSchema, { codeNeeded: true });
      session = ada;
      return create(SignInResponseSchema, {});
    };
    const { url, user } = await open("/sign-in");
    await give(user, "ada", "pw", "Sign in");
    // All digits are there: nothing more to press.
    await user.type(await screen.findByLabelText("Six-digit code"), "123 456");
    await waitFor(() => expect(url()).toBe("/"));
    expect(sent("SignIn").at(-1)).toEqual({ name: "ada", password: "pw", code: "123456" });
  });

  it("takes a recovery code, and stays at this step when it is wrong", async () => {
    answers.SignIn = (init) => {
      if (init.code === "") return create(SignInResponseSchema, { codeNeeded: true });
      throw new ApiError("unauthenticated", "wrong", 401);
    };
    const { user } = await open("/sign-in");
    await give(user, "ada", "pw", "Sign in");
    await user.click(await screen.findByRole("button", { name: "Use a recovery code" }));
    await user.type(screen.getByLabelText("Recovery code"), "abcd-efgh{Enter}");
    expect(await screen.findByText("This code is wrong or has already been used.")).toBeInTheDocument();
    expect(screen.getByLabelText("Recovery code")).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Back" }));
    expect(await screen.findByLabelText("Name")).toBeInTheDocument();
  });

  it("counts down after too many tries, and lets nothing be sent until then", async () => {
    answers.SignIn = () => {
      throw new ApiError("resource_exhausted", "slow down", 429, [], 30_000);
    };
    const { user } = await open("/sign-in");
    await give(user, "ada", "pw", "Sign in");
    expect(await screen.findByText(/Too many attempts. Try again in \d+ seconds./)).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Sign in" })).toBeDisabled();
  });

  it("shows the password to whoever asks for it", async () => {
    const { user } = await open("/sign-in");
    await user.type(await screen.findByLabelText(/^Password/), "secret");
    expect(screen.getByLabelText(/^Password/)).toHaveAttribute("type", "password");
    await user.click(screen.getByRole("button", { name: "Show password" }));
    expect(screen.getByLabelText(/^Password/)).toHaveAttribute("type", "text");
  });

  it("warns where the connection is not encrypted", async () => {
    session = { secureCookie: false };
    await open("/sign-in");
    expect(await screen.findByText("This connection is not encrypted")).toBeInTheDocument();
  });

  it("forgets what somebody else left in this tab", async () => {
    sessionStorage.setItem("smartroute.user", "u9");
    sessionStorage.setItem("smartroute.config-draft", "{}");
    const { user } = await open("/sign-in");
    await give(user, "ada", "pw", "Sign in");
    await waitFor(() => expect(sessionStorage.getItem("smartroute.config-draft")).toBeNull());
  });
});

describe("a browser that drops Secure cookies of http://localhost", () => {
  const credentials = { name: "ada", password: "pw", code: "" };
  it("is asked again to take one without", async () => {
    answers.SignIn = (init) => {
      if (init.plainCookie === true) session = ada;
      return create(SignInResponseSchema, {});
    };
    expect(await signIn(credentials, "http:")).toMatchObject({ kind: "in" });
    expect(sent("SignIn")).toHaveLength(2);
  });
  it("is never asked so over HTTPS", async () => {
    answers.SignIn = () => create(SignInResponseSchema, {});
    expect(await signIn(credentials, "https:")).toEqual({ kind: "no-cookie" });
    expect(sent("SignIn")).toHaveLength(1);
  });
});

describe("setting up", () => {
  beforeEach(() => {
    session = { setUpNeeded: true, secureCookie: true };
  });

  it("makes the first account with the code of the link, and goes on to the first provider", async () => {
    const { url, user } = await open("/set-up?code=c0de");
    await give(user, "ada", "correct horse battery", "Create the account");
    await waitFor(() => expect(url()).toBe("/config/providers"));
    expect(sent("SetUp")).toEqual([{ code: "c0de", name: "ada", password: "correct horse battery" }]);
  });

  it("goes to the overview where there is a configuration already", async () => {
    answers.GetConfig = () => create(GetConfigResponseSchema, { revision: { number: 3n } });
    const { url, user } = await open("/set-up?code=c0de");
    await give(user, "ada", "correct horse battery", "Create the account");
    await waitFor(() => expect(url()).toBe("/"));
  });

  it("takes no password that is too short", async () => {
    const { user } = await open("/set-up?code=c0de");
    await give(user, "ada", "short", "Create the account");
    expect(await screen.findByText("At least 12 characters")).toBeInTheDocument();
    expect(sent("SetUp")).toEqual([]);
  });

  it("says where the link is, without a code or with a wrong one", async () => {
    answers.SetUp = () => {
      throw new ApiError("permission_denied", "no", 403);
    };
    const { user } = await open("/set-up?code=old");
    await give(user, "ada", "correct horse battery", "Create the account");
    expect(await screen.findByText("This set-up link is not valid or has already been used.")).toBeInTheDocument();
    expect(screen.getByText("smartroute dashboard link")).toBeInTheDocument();
  });

  it("is over once somebody has an account", async () => {
    session = nobody;
    const { url } = await open("/set-up?code=c0de");
    await waitFor(() => expect(url()).toBe("/sign-in"));
  });
});

describe("strengthOf", () => {
  it.each([
    ["hunter2", "short"],
    ["aaaaaaaaaaaaaaaa", "weak"],
    ["password12345", "weak"],
    ["adaadaadaada1", "weak"],
    ["correct horse", "fair"],
    ["correct horse battery", "strong"],
    ["Tr0ub4dor&3xyz!", "strong"],
  ])("of %s is %s", (password, strength) => {
    expect(strengthOf(password, "ada")).toBe(strength);
  });
});

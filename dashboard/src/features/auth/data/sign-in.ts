import { ConfigService, type GetSessionResponse, SessionService, type SignInResponse } from "@/gen/smartroute/v1/admin_pb";
import { ApiError, call, setCsrfToken } from "@/lib/api";

export type Credentials = { name: string; password: string; code: string };
export type Outcome =
  | { kind: "in"; session: GetSessionResponse; recoveryCodesLeft?: number }
  | { kind: "code-needed" }
  /** The server let us in, but the browser does not keep its cookie. */
  | { kind: "no-cookie" };

/** Who we are, as the cookie that the browser really kept has it. */
async function keptSession(): Promise<GetSessionResponse | undefined> {
  const session = await call(SessionService.method.getSession, {});
  if (!session.user) return undefined;
  setCsrfToken(session.csrfToken);
  return session;
}

async function tellOf(answer: SignInResponse): Promise<Outcome> {
  if (answer.codeNeeded) return { kind: "code-needed" };
  const session = await keptSession();
  if (!session) return { kind: "no-cookie" };
  return answer.recoveryCodesLeft > 0
    ? { kind: "in", session, recoveryCodesLeft: answer.recoveryCodesLeft }
    : { kind: "in", session };
}

/** A browser may drop a Secure cookie that came over plain HTTP, and then one without that mark is the only way in. */
export function mayAskForPlainCookie(protocol: string): boolean {
  return protocol === "http:";
}

export async function signIn(credentials: Credentials, protocol = window.location.protocol): Promise<Outcome> {
  const outcome = await tellOf(await call(SessionService.method.signIn, { ...credentials }));
  if (outcome.kind !== "no-cookie" || !mayAskForPlainCookie(protocol)) return outcome;
  return tellOf(await call(SessionService.method.signIn, { ...credentials, plainCookie: true }));
}

export type FirstAdmin = { code: string; name: string; password: string };

/** The code opens once; so after it has, the way in without a Secure cookie is an ordinary sign-in. */
export async function setUp(first: FirstAdmin, protocol = window.location.protocol): Promise<Outcome> {
  const outcome = await tellOf(await call(SessionService.method.setUp, { ...first }));
  if (outcome.kind !== "no-cookie" || !mayAskForPlainCookie(protocol)) return outcome;
  const { name, password } = first;
  return tellOf(await call(SessionService.method.signIn, { name, password, plainCookie: true }));
}

/** Whether anything is configured yet; in doubt, yes. */
export async function isConfigured(): Promise<boolean> {
  try {
    const { revision } = await call(ConfigService.method.getConfig, {});
    return (revision?.number ?? 0n) > 0n;
  } catch (error) {
    return !(error instanceof ApiError && error.code === "not_found");
  }
}

import { queryOptions, useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { AccountRole, type GetSessionResponse, SessionService, type User } from "@/gen/smartroute/v1/admin_pb";
import { call, setCsrfToken } from "@/lib/api";
import { sessionKey } from "@/lib/query-client";

/** Who is signed in. Every answer also brings the token that other calls are to carry. */
export const sessionQuery = queryOptions({
  queryKey: sessionKey,
  queryFn: async ({ signal }): Promise<GetSessionResponse> => {
    const session = await call(SessionService.method.getSession, {}, { signal });
    setCsrfToken(session.csrfToken);
    return session;
  },
  staleTime: 60_000,
  refetchInterval: 300_000,
});

/** For the parts that exist before anybody has signed in. */
export function useSessionQuery() {
  return useQuery(sessionQuery);
}

export type SignedIn = { user: User; isAdmin: boolean; session: GetSessionResponse };

/** For everything inside the shell, which is shown only to somebody. */
export function useSession(): SignedIn {
  const { data } = useSuspenseQuery(sessionQuery);
  if (!data.user) throw new Error("nobody is signed in");
  return { user: data.user, isAdmin: data.user.role === AccountRole.ADMIN, session: data };
}

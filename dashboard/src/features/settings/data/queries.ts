import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { AboutService, AccountService, ApiTokenService, UserService } from "@/gen/smartroute/v1/admin_pb";
import { call } from "@/lib/api";
import { sessionKey } from "@/lib/query-client";

const root = "settings";

export const sessionsQuery = queryOptions({
  queryKey: [root, "sessions"],
  queryFn: async ({ signal }) => (await call(AccountService.method.listSessions, {}, { signal })).sessions,
});

export const usersQuery = queryOptions({
  queryKey: [root, "users"],
  queryFn: async ({ signal }) => (await call(UserService.method.listUsers, {}, { signal })).users,
});

export const tokensQuery = queryOptions({
  queryKey: [root, "tokens"],
  queryFn: async ({ signal }) => (await call(ApiTokenService.method.listApiTokens, {}, { signal })).tokens,
});

/** With the moments of question and answer, to tell the clocks apart. */
export const aboutQuery = queryOptions({
  queryKey: [root, "about"],
  queryFn: async ({ signal }) => {
    const askedMs = Date.now();
    const about = await call(AboutService.method.getAbout, {}, { signal });
    return { about, askedMs, answeredMs: Date.now() };
  },
  refetchInterval: 60_000,
});

export type List = "sessions" | "users" | "tokens" | "session";

/** A call that changes something; what it changed is asked for anew. Its failure is shown where it was called. */
export function useChange<I extends DescMessage, O extends DescMessage>(method: DescMethodUnary<I, O>, changes: List) {
  const client = useQueryClient();
  return useMutation<MessageShape<O>, Error, MessageInitShape<I>>({
    mutationFn: (init) => call(method, init),
    meta: { ownsError: true },
    onSuccess: () => client.invalidateQueries({ queryKey: changes === "session" ? sessionKey : [root, changes] }),
  });
}

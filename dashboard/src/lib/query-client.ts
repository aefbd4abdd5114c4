// Retry, sign-out and toast policy of every call live here.
import { MutationCache, QueryClient } from "@tanstack/react-query";
import i18next from "i18next";
import { toast } from "@/components/ui/toast";
import { ApiError, onUnauthenticated } from "./api";
import { errorText } from "./error-text";

declare module "@tanstack/react-query" {
  interface Register {
    mutationMeta: {
      /** The view shows the failure itself, beside the field or in a dialog. */
      ownsError?: boolean;
    };
  }
}

export const sessionKey = ["session"] as const;

/** Worth another try: no answer, or one that says "not now". Never what was refused for a reason. */
export function isTransient(error: unknown): boolean {
  return error instanceof ApiError && (error.code === "unavailable" || error.code === "deadline_exceeded");
}

export function createQueryClient(): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        retry: (failures, error) => isTransient(error) && failures < 2,
        retryDelay: (failures) => Math.min(4_000, 500 * 2 ** failures),
        staleTime: 5_000,
        refetchOnWindowFocus: true,
      },
      mutations: { retry: false },
    },
    mutationCache: new MutationCache({
      onError(error, _variables, _context, mutation) {
        if (mutation.meta?.ownsError) return;
        if (error instanceof ApiError && error.code === "unauthenticated") return;
        toast.error(errorText(error, i18next.getFixedT(null, "common")));
      },
    }),
  });
  return client;
}

export const queryClient = createQueryClient();

// Asking who we are anew is what leads to the sign-in page: a 401 for a wrong password leaves the session as it is.
onUnauthenticated(() => void queryClient.invalidateQueries({ queryKey: sessionKey }));

import { useMutation } from "@tanstack/react-query";
import { SessionService } from "@/gen/smartroute/v1/admin_pb";
import { call } from "@/lib/api";

/** Ends this session, or all of the account. The page is loaded anew: nothing of what was seen or typed stays in memory. */
export function useSignOut() {
  return useMutation({
    mutationFn: ({ everywhere = false }: { everywhere?: boolean }) => call(SessionService.method.signOut, { everywhere }),
    onSuccess: () => {
      try {
        sessionStorage.clear();
      } catch {
        // Then nothing is in it.
      }
      window.location.assign("/sign-in");
    },
  });
}

import { useRouter } from "@tanstack/react-router";
import { useEffect } from "react";

/** Goes to a path of this page, once, and leaves no trace of where one was in the history. */
export function Redirect({ href }: { href: string }) {
  const router = useRouter();
  useEffect(() => {
    router.history.replace(href);
  }, [router, href]);
  return null;
}

import { useMatches, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

const patienceMs = 3_000;
const sameAfterMs = 300;

const headingNow = () => document.querySelector<HTMLElement>("main h1");

/** Gives the page its title, and after a change of page the focus to its heading, so that a screen reader says where one is. */
export function useArrival(): void {
  const router = useRouter();
  const { t } = useTranslation("common");
  const title = useMatches({ select: (matches) => matches.findLast((match) => match.staticData.title)?.staticData.title });

  useEffect(() => {
    document.title = title ? `${t(`titles.${title}`)} · ${t("appName")}` : t("appName");
  }, [title, t]);

  useEffect(() => {
    let frame = 0;
    let left: HTMLElement | null = null;
    const stopLeaving = router.subscribe("onBeforeNavigate", () => {
      left = headingNow();
    });
    const stop = router.subscribe("onResolved", ({ fromLocation, pathChanged }) => {
      if (!fromLocation || !pathChanged) return;
      cancelAnimationFrame(frame);
      const before = document.activeElement;
      const since = performance.now();
      // The new heading comes when the code of the page has come; two sections of one page have the same. Whoever has gone elsewhere
      // by then is left there.
      const look = () => {
        const now = document.activeElement;
        if (now !== before && now !== document.body) return;
        const heading = headingNow();
        const waited = performance.now() - since;
        if (heading && (heading !== left || waited > sameAfterMs)) heading.focus({ preventScroll: true });
        else if (waited < patienceMs) frame = requestAnimationFrame(look);
      };
      frame = requestAnimationFrame(look);
    });
    return () => {
      stopLeaving();
      stop();
      cancelAnimationFrame(frame);
    };
  }, [router]);
}

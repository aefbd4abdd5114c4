import { useMatches, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

const patienceMs = 3_000;

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
    const stop = router.subscribe("onResolved", ({ fromLocation, pathChanged }) => {
      if (!fromLocation || !pathChanged) return;
      cancelAnimationFrame(frame);
      const before = document.activeElement;
      const until = performance.now() + patienceMs;
      // The heading comes when the code of the page has come. Whoever has gone elsewhere by then is left there.
      const look = () => {
        const heading = document.querySelector<HTMLElement>("main h1");
        const moved = document.activeElement !== before && document.activeElement !== document.body;
        if (moved) return;
        if (heading) heading.focus({ preventScroll: true });
        else if (performance.now() < until) frame = requestAnimationFrame(look);
      };
      frame = requestAnimationFrame(look);
    });
    return () => {
      stop();
      cancelAnimationFrame(frame);
    };
  }, [router]);
}

import { CalendarOff } from "lucide-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/components/empty-state";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { useRange } from "@/hooks/use-range";
import { useEver } from "../data/queries";

const GettingStarted = lazy(() => import("./getting-started").then((file) => ({ default: file.GettingStarted })));

/** No request in the range: none ever, or none just here. */
export function NothingHere() {
  const { t } = useTranslation("overview");
  const { setRange } = useRange();
  const ever = useEver();
  if (ever.isPending) return <Skeleton className="h-80 w-full" />;
  if (ever.data === false) {
    return (
      <Suspense fallback={<Skeleton className="h-80 w-full" />}>
        <GettingStarted />
      </Suspense>
    );
  }
  return (
    <EmptyState
      icon={CalendarOff}
      title={t("empty.title")}
      description={t("empty.description")}
      action={
        <Button variant="outline" onClick={() => setRange("30d")}>
          {t("empty.widen")}
        </Button>
      }
    />
  );
}

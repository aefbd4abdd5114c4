import { useTranslation } from "react-i18next";
import { Skeleton } from "@/components/ui/skeleton";

/** While the code of a page is on its way. */
export function PageSkeleton() {
  const { t } = useTranslation("common");
  return (
    <div role="status" aria-label={t("loading")} className="grid gap-5">
      <div className="grid gap-2">
        <Skeleton className="h-7 w-48" />
        <Skeleton className="h-4 w-80 max-w-full" />
      </div>
      <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-4">
        <Skeleton className="h-24 rounded-xl" />
        <Skeleton className="h-24 rounded-xl" />
        <Skeleton className="hidden h-24 rounded-xl sm:block" />
        <Skeleton className="hidden h-24 rounded-xl sm:block" />
      </div>
      <Skeleton className="h-72 rounded-xl" />
    </div>
  );
}

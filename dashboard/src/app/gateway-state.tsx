import { CircleCheck, CloudOff, LoaderCircle, TriangleAlert, Unplug } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { Skeleton } from "@/components/ui/skeleton";
import { useInstances } from "@/hooks/use-instances";
import { fleetOf } from "@/lib/fleet";
import { cn } from "@/lib/utils";
import { InstanceList } from "./instance-list";

const looks = {
  good: { icon: CircleCheck, tone: "text-good" },
  behind: { icon: LoaderCircle, tone: "text-warn" },
  rejected: { icon: TriangleAlert, tone: "text-bad" },
  none: { icon: Unplug, tone: "text-bad" },
  lost: { icon: CloudOff, tone: "text-bad" },
} as const;

/** How the gateway is, at every moment: how many data planes are connected, and at which revision. */
export function GatewayState() {
  const { t } = useTranslation("common");
  const { data, isError } = useInstances();
  if (!data && !isError) return <Skeleton className="h-5 w-36" />;
  const fleet = data ? fleetOf(data) : { state: "none" as const, connected: 0 };
  const state = isError ? "lost" : fleet.state;
  const { icon: Icon, tone } = looks[state];
  const count = t("gateway.instances", { count: fleet.connected });
  const text = state === "lost" || state === "none" ? t(`gateway.${state}`) : count;
  const revision = data && data.newestRevision > 0n ? t("gateway.revision", { revision: String(data.newestRevision) }) : "";
  return (
    <Popover>
      <PopoverTrigger asChild>
        <Button variant="ghost" size="sm" className="min-w-0 gap-2 px-2 font-normal" aria-label={t("gateway.label", { state: `${t(`gateway.${state}`)}. ${text} ${revision}` })}>
          <Icon aria-hidden className={cn(tone, state === "behind" && "animate-spin")} />
          <span className="truncate">{text}</span>
          {revision && state !== "lost" && <span className="hidden text-muted-foreground tabular-nums sm:inline">{revision}</span>}
        </Button>
      </PopoverTrigger>
      <PopoverContent align="start" className="w-96" aria-label={t("gateway.title")}>
        <p className="mb-2 flex items-center gap-2 font-medium">
          <Icon aria-hidden className={cn("size-4", tone)} />
          {t(`gateway.${state}`)}
        </p>
        {data && <InstanceList fleet={data} />}
      </PopoverContent>
    </Popover>
  );
}

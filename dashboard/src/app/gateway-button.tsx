import { CircleCheck, CloudOff, LoaderCircle, TriangleAlert, Unplug } from "lucide-react";
import type { ComponentProps } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { useInstancesLater } from "@/hooks/use-instances";
import { fleetOf } from "@/lib/fleet";
import { cn } from "@/lib/utils";

const looks = {
  good: { icon: CircleCheck, tone: "text-good" },
  behind: { icon: LoaderCircle, tone: "text-warn" },
  rejected: { icon: TriangleAlert, tone: "text-bad" },
  none: { icon: Unplug, tone: "text-bad" },
  lost: { icon: CloudOff, tone: "text-bad" },
} as const;

export function useGatewayLook() {
  const { data, isError } = useInstancesLater();
  const fleet = data ? fleetOf(data) : { state: "none" as const, connected: 0 };
  const state = isError ? ("lost" as const) : fleet.state;
  return { data, known: data !== undefined || isError, state, connected: fleet.connected, ...looks[state] };
}

/** How the gateway is, at every moment: how many data planes are connected, and at which revision. */
export function GatewayButton(props: ComponentProps<typeof Button>) {
  const { t } = useTranslation("common");
  const { data, known, state, connected, icon: Icon, tone } = useGatewayLook();
  if (!known) return <Skeleton className="h-5 w-36" />;
  const text = state === "lost" || state === "none" ? t(`gateway.${state}`) : t("gateway.instances", { count: connected });
  const revision = data && data.newestRevision > 0n && state !== "lost" ? t("gateway.revision", { revision: String(data.newestRevision) }) : "";
  return (
    <Button
      variant="ghost"
      size="sm"
      className="min-w-0 shrink gap-2 px-2 font-normal"
      aria-label={t("gateway.label", { state: `${text} ${revision} ${t(`gateway.${state}`)}` })}
      {...props}
    >
      <Icon aria-hidden className={cn(tone, state === "behind" && "animate-spin")} />
      <span className="truncate">{text}</span>
      {revision && <span className="hidden text-muted-foreground tabular-nums sm:inline">{revision}</span>}
    </Button>
  );
}

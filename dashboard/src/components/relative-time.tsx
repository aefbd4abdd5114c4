import { Tooltip, TooltipContent, TooltipTrigger } from "@/components/ui/tooltip";
import { useFormat } from "@/hooks/use-format";
import { useNow } from "@/hooks/use-now";
import { cn } from "@/lib/utils";

type RelativeTimeProps = { ms: number | bigint; className?: string };

/** "3 minutes ago", and the exact time on hover or focus. */
export function RelativeTime({ ms, className }: RelativeTimeProps) {
  const format = useFormat();
  const at = Number(ms);
  const now = Math.max(useNow(), at);
  if (!Number.isFinite(at) || at <= 0) return <span className={className}>–</span>;
  return (
    <Tooltip>
      <TooltipTrigger asChild>
        <time dateTime={new Date(at).toISOString()} className={cn("whitespace-nowrap tabular-nums", className)}>
          {format.relative(at, now)}
        </time>
      </TooltipTrigger>
      <TooltipContent>{format.dateTime(at)}</TooltipContent>
    </Tooltip>
  );
}

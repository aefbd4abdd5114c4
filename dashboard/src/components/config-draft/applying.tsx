import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleX, LoaderCircle, X } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { instancesQuery } from "@/hooks/use-instances";
import { fleetState } from "./fleet-state";

const LOOK_EVERY_MS = 700;
const SEEN_AFTER_MS = 12_000;

/** After saving: who serves the new revision already, and who refused it. */
export function Applying({ revision, onClose }: { revision: bigint; onClose?: () => void }) {
  const { t } = useTranslation("config");
  const fleet = useQuery({
    ...instancesQuery,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data && fleetState(state.data.instances, revision).kind === "applied" ? false : LOOK_EVERY_MS),
  });
  const state = fleetState(fleet.data?.instances ?? [], revision);
  const Icon = state.kind === "applied" ? CircleCheck : state.kind === "refused" ? CircleX : LoaderCircle;
  const applied = state.kind === "applied";
  // Good news goes by itself; the top bar names the revision from then on.
  useEffect(() => {
    if (!applied || !onClose) return;
    const timer = setTimeout(onClose, SEEN_AFTER_MS);
    return () => clearTimeout(timer);
  }, [applied, onClose]);
  const tone = state.kind === "applied" ? "text-good" : state.kind === "refused" ? "text-bad" : "text-info";
  return (
    <div className="grid gap-2">
      <div className="flex items-center gap-3">
        <Icon aria-hidden className={`size-5 shrink-0 ${tone} ${state.kind === "waiting" ? "animate-spin" : ""}`} />
        <p role="status" className="min-w-0 flex-1 text-sm">
          {t(`applying.${state.kind}`, { revision: String(revision), count: state.total, applied: state.applied, refused: state.refused.length })}
        </p>
        {onClose && (
          <Button variant="ghost" size="icon" className="size-8" aria-label={t("applying.close")} onClick={onClose}>
            <X aria-hidden />
          </Button>
        )}
      </div>
      {state.refused.map((instance) => (
        <div key={instance.instanceId} className="rounded-md bg-bad-soft px-3 py-2 text-xs">
          <p className="font-medium">{t("applying.refusedBy", { instance: instance.hostname || instance.instanceId })}</p>
          <ul className="list-disc pl-4">
            {instance.problems.map((problem) => (
              <li key={problem.path + problem.what} className="break-words">
                <span className="font-mono">{problem.path}</span> {problem.what}
              </li>
            ))}
          </ul>
        </div>
      ))}
    </div>
  );
}

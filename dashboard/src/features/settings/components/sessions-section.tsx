import { useQuery } from "@tanstack/react-query";
import { MonitorSmartphone } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { RelativeTime } from "@/components/relative-time";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { AccountService, type Session } from "@/gen/smartroute/v1/admin_pb";
import { sessionsQuery, useChange } from "../data/queries";
import { browserName } from "../lib/browser-name";
import { FormError } from "./form-error";
import { QueryView } from "./query-view";
import { SectionCard } from "./section-card";

function useSessionName() {
  const { t } = useTranslation("settings");
  return ({ browser }: Session) => {
    const known = browserName(browser);
    if (known.browser && known.system) return t("sessions.browserOn", { browser: known.browser, system: known.system });
    return known.browser ?? known.system ?? (browser.slice(0, 40) || t("sessions.unknown"));
  };
}

function SessionRow({ session, onEnd }: { session: Session; onEnd: () => void }) {
  const { t } = useTranslation("settings");
  const nameOf = useSessionName();
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3">
      <MonitorSmartphone aria-hidden className="size-5 shrink-0 text-muted-foreground" />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-2 text-sm font-medium" title={session.browser}>
          {nameOf(session)}
          {session.current && <Badge variant="good">{t("sessions.current")}</Badge>}
        </p>
        <p className="text-xs text-muted-foreground">
          <span className="font-mono">{session.address}</span> · {t("sessions.used")} <RelativeTime ms={session.lastUsedMs} /> · {t("sessions.since")} <RelativeTime ms={session.createdAtMs} />
        </p>
      </div>
      {!session.current && (
        <Button variant="outline" size="sm" onClick={onEnd} aria-label={t("sessions.endNamed", { name: nameOf(session) })}>
          {t("sessions.end")}
        </Button>
      )}
    </li>
  );
}

export function SessionsSection() {
  const { t } = useTranslation("settings");
  const nameOf = useSessionName();
  const query = useQuery(sessionsQuery);
  const end = useChange(AccountService.method.endSession, "sessions");
  const [ending, setEnding] = useState<Session>();
  const confirm = () => {
    if (!ending) return;
    end.mutate(
      { id: ending.id },
      {
        onSuccess: () => toast.success(t("sessions.ended")),
        onSettled: () => setEnding(undefined),
      },
    );
  };
  return (
    <SectionCard title={t("sessions.title")} description={t("sessions.description")}>
      <FormError error={end.error} />
      <QueryView query={query}>
        {(sessions) => (
          <ul className="divide-y">
            {[...sessions]
              .sort((a, b) => Number(b.current) - Number(a.current) || Number(b.lastUsedMs - a.lastUsedMs))
              .map((session) => (
                <SessionRow key={session.id} session={session} onEnd={() => setEnding(session)} />
              ))}
          </ul>
        )}
      </QueryView>
      <ConfirmDialog
        open={ending !== undefined}
        onOpenChange={(open) => !open && setEnding(undefined)}
        title={ending ? t("sessions.ask", { name: nameOf(ending) }) : ""}
        description={t("sessions.askHint", { address: ending?.address ?? "" })}
        action={t("sessions.end")}
        pending={end.isPending}
        onConfirm={confirm}
      />
    </SectionCard>
  );
}

import { FileLock2, Eye, KeyRound } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ConfigDraftBar } from "@/components/config-draft-bar";
import { ErrorState } from "@/components/error-state";
import { PageHeader } from "@/components/page-header";
import { RelativeTime } from "@/components/relative-time";
import { StaleBanner } from "@/components/stale-banner";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { Skeleton } from "@/components/ui/skeleton";
import { useSession } from "@/hooks/use-session";
import { useConfigDraft } from "@/lib/config-draft";
import { FirstRun } from "./components/first-run";
import { JumpTarget } from "./components/jump-target";
import { SectionContent } from "./components/section-content";
import { SectionNav } from "./components/section-nav";
import { usePlace } from "./data/use-config";

function Notices() {
  const { t } = useTranslation("config");
  const { ownedByFile, lostSecrets, error, reload } = useConfigDraft();
  const { isAdmin } = useSession();
  return (
    <>
      {ownedByFile !== "" && (
        <Alert variant="info">
          <FileLock2 aria-hidden />
          <AlertTitle>{t("owned.title")}</AlertTitle>
          <AlertDescription>
            {t("owned.about")} <code className="font-mono break-all">{ownedByFile}</code>
          </AlertDescription>
        </Alert>
      )}
      {!isAdmin && ownedByFile === "" && (
        <Alert variant="info">
          <Eye aria-hidden />
          <AlertDescription>{t("viewer")}</AlertDescription>
        </Alert>
      )}
      {lostSecrets.length > 0 && (
        <Alert variant="warn">
          <KeyRound aria-hidden />
          <AlertTitle>{t("lost.title", { count: lostSecrets.length })}</AlertTitle>
          <AlertDescription className="font-mono text-xs">{lostSecrets.join(", ")}</AlertDescription>
        </Alert>
      )}
      {error !== undefined && <StaleBanner error={error} onRetry={() => void reload()} />}
    </>
  );
}

function Description() {
  const { t } = useTranslation("config");
  const { savedBy } = useConfigDraft();
  if (!savedBy) return <>{t("about")}</>;
  return (
    <>
      {t("revisionBy", { revision: String(savedBy.number), author: savedBy.author })} · <RelativeTime ms={savedBy.createdAtMs} />
    </>
  );
}

function ReadyConfig() {
  const { t } = useTranslation("config");
  const { revision, ownedByFile } = useConfigDraft();
  const { isAdmin } = useSession();
  const { section, search } = usePlace();
  const [firstRun, setFirstRun] = useState(revision === 0n && ownedByFile === "" && isAdmin);
  if (firstRun) return <FirstRun onDone={() => setFirstRun(false)} />;
  return (
    <>
      <PageHeader title={t("title")} description={<Description />} />
      <Notices />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[12.5rem_minmax(0,1fr)] lg:gap-6">
        <SectionNav current={section} />
        <div className="min-w-0">
          <SectionContent section={section} />
        </div>
      </div>
      <ConfigDraftBar />
      <JumpTarget field={search.field} />
    </>
  );
}

export function ConfigPage() {
  const { status, error, reload } = useConfigDraft();
  const { t } = useTranslation("config");
  if (status === "ready") {
    return (
      <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
        <ReadyConfig />
      </div>
    );
  }
  return (
    <div className="grid gap-5">
      <PageHeader title={t("title")} description={t("about")} />
      {status === "error" ? (
        <ErrorState error={error} onRetry={() => void reload()} />
      ) : (
        <div className="grid gap-4 lg:grid-cols-[12.5rem_repeat(3,minmax(0,1fr))]" aria-busy>
          <Skeleton className="h-80" />
          <Skeleton className="h-96" />
          <Skeleton className="h-96" />
          <Skeleton className="h-96" />
        </div>
      )}
    </div>
  );
}

import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ConfigDraftBar } from "@/components/config-draft-bar";
import { ErrorState } from "@/components/error-state";
import { PageHeader } from "@/components/page-header";
import { RangePicker } from "@/components/range-picker";
import { Skeleton } from "@/components/ui/skeleton";
import { useRange } from "@/hooks/use-range";
import { useSession } from "@/hooks/use-session";
import { draftText, useConfigDraft } from "@/lib/config-draft";
import { CandidateCard } from "./components/candidate-card";
import { KnobsCard } from "./components/knobs-card";
import { Outcome } from "./components/outcome";
import { ProblemList } from "./components/problem-list";
import { useReplay, useRuns } from "./data/queries";
import { changeInShort } from "./lib/knobs";
import { parseSearch, type WhatIfSearch } from "./search";

const fallbackRange = "24h";
const defaultMax = 10_000;

export function WhatIfPage() {
  const { t } = useTranslation("what-if");
  const { isAdmin } = useSession();
  const { range } = useRange(fallbackRange);
  const config = useConfigDraft();
  const search = parseSearch(useSearch({ strict: false }));
  const navigate = useNavigate();
  const replay = useReplay();
  const runs = useRuns();

  const setSearch = (change: WhatIfSearch) => void navigate({ to: ".", search: ((before: object) => ({ ...before, ...change })) as never, replace: true });
  const isDraft = search.revision === undefined;
  const problems = isDraft ? config.problems : [];
  const isRefused = problems.some((problem) => problem.severity === "error");
  const run = () =>
    replay.mutate({
      revision: search.revision,
      text: isDraft ? draftText() : undefined,
      changes: isDraft ? config.changes.length : 0,
      first: config.changes[0] && changeInShort(config.changes[0]),
      since: range.since,
      until: range.until,
      max: search.max ?? defaultMax,
    });

  return (
    <div className="grid gap-5">
      <PageHeader title={t("title")} description={t("description")} actions={<RangePicker fallback={fallbackRange} />} />
      {config.status === "error" && <ErrorState error={config.error} onRetry={() => void config.reload()} />}
      {config.status === "loading" && <Skeleton className="h-96" />}
      {config.status === "ready" && (
        <div className="grid items-start gap-5 lg:grid-cols-[20rem_minmax(0,1fr)]">
          <div className="grid gap-4">
            <CandidateCard search={search} onSearch={setSearch} changes={config.changes.length} running={replay.isPending} blocked={isRefused} onRun={run} />
            <ProblemList problems={problems} />
            {isDraft && <KnobsCard />}
          </div>
          <Outcome runs={runs} pending={replay.isPending} error={replay.error} onRetry={run} />
        </div>
      )}
      {isAdmin && <ConfigDraftBar />}
    </div>
  );
}

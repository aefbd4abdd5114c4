import { HeartPulse } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/components/empty-state";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { useNow } from "@/hooks/use-now";
import { useHealth } from "../data/queries";
import { useInView } from "../data/use-in-view";
import { countStates, matching, type Standing, standingsOf } from "../lib/health";
import { HealthCard } from "./health-card";
import { ResetHealth } from "./reset-health";
import { Loaded, Section } from "./section";

const first = 8;

/** How well each model is, the worst first. */
export function HealthSection() {
  const { t } = useTranslation("overview");
  const { ref, inView } = useInView<HTMLDivElement>();
  const query = useHealth(inView);
  const standings = query.data ? standingsOf(query.data, query.dataUpdatedAt) : [];
  return (
    <div ref={ref}>
      <Section
        title={t("health.title")}
        description={standings.length > 0 ? <Counts standings={standings} /> : undefined}
        action={standings.length > 1 ? <ResetHealth model="" /> : undefined}
      >
        <Loaded query={query} height={280}>
          {() =>
            standings.length === 0 ? (
              <EmptyState icon={HeartPulse} title={t("health.none")} description={t("health.noneHint")} />
            ) : (
              <Cards standings={standings} />
            )
          }
        </Loaded>
      </Section>
    </div>
  );
}

function Counts({ standings }: { standings: readonly Standing[] }) {
  const { t } = useTranslation("overview");
  const counts = countStates(standings, useNow(1_000));
  const parts = (["cooling", "poor", "fair", "good", "unused"] as const)
    .filter((state) => counts[state] > 0)
    .map((state) => t(`health.counts.${state}`, { count: counts[state] }));
  return <>{parts.join(" · ")}</>;
}

function Cards({ standings }: { standings: readonly Standing[] }) {
  const { t } = useTranslation("overview");
  const [text, setText] = useState("");
  const [all, setAll] = useState(false);
  const found = matching(standings, text);
  const shown = all ? found : found.slice(0, first);
  return (
    <div className="flex flex-col gap-3">
      {standings.length > first && (
        <Input
          type="search"
          aria-label={t("health.filter")}
          placeholder={t("health.filter")}
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="max-w-sm"
        />
      )}
      {found.length === 0 && <output className="text-muted-foreground text-sm">{t("health.noMatch")}</output>}
      <ul className="grid gap-3 sm:grid-cols-2 xl:grid-cols-4">
        {shown.map((one) => (
          <HealthCard key={one.id} standing={one} />
        ))}
      </ul>
      {found.length > first && (
        <Button variant="outline" size="sm" className="self-center" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? t("health.fewer") : t("health.expand", { count: found.length })}
        </Button>
      )}
    </div>
  );
}

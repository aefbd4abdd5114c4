import { useQuery } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "@/components/copy-button";
import { RelativeTime } from "@/components/relative-time";
import { useFormat } from "@/hooks/use-format";
import type { GetAboutResponse } from "@/gen/smartroute/v1/admin_pb";
import { aboutQuery } from "../data/queries";
import { clockSkew, skewWord } from "../lib/clock-skew";
import { QueryView } from "./query-view";
import { SectionCard } from "./section-card";

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid gap-x-4 gap-y-0.5 border-b py-2.5 last:border-0 sm:grid-cols-[14rem_minmax(0,1fr)]">
      <dt className="text-sm text-muted-foreground">{name}</dt>
      <dd className="min-w-0 text-sm break-words">{children}</dd>
    </div>
  );
}

function Place({ text, label }: { text: string; label: string }) {
  return (
    <span className="flex min-w-0 items-center gap-1">
      <code className="min-w-0 font-mono text-[0.8125rem] break-all">{text}</code>
      <CopyButton text={text} label={label} />
    </span>
  );
}

interface AboutFactsProps {
  about: GetAboutResponse;
  askedMs: number;
  answeredMs: number;
}

function Clock({ about, askedMs, answeredMs }: AboutFactsProps) {
  const { t } = useTranslation("settings");
  const format = useFormat();
  const skew = clockSkew(Number(about.nowMs), askedMs, answeredMs);
  const word = skewWord(skew);
  return <span className={word === "same" ? undefined : "text-warn"}>{t(`about.skew.${word}`, { by: format.duration(Math.abs(skew.aheadMs)) })}</span>;
}

function Metrics({ address }: { address: string }) {
  const { t } = useTranslation("settings");
  const url = `http://${address}/metrics`;
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-1">
      <a href={url} target="_blank" rel="noreferrer" className="focus-ring rounded font-mono text-[0.8125rem] break-all text-primary underline underline-offset-4">
        {url}
      </a>
      <CopyButton text={url} label={t("about.copyMetrics")} />
    </span>
  );
}

function AboutFacts({ about, askedMs, answeredMs }: AboutFactsProps) {
  const { t } = useTranslation("settings");
  const format = useFormat();
  const uptime = Number(about.nowMs) - Number(about.startedAtMs);
  const place = (name: "stateFolder" | "adminAddress" | "grpcAddress" | "configFile", text: string) => (
    <Fact name={t(`about.${name}`)}>{text === "" ? <span className="text-muted-foreground">{t(name === "configFile" ? "about.noFile" : "about.none")}</span> : <Place text={text} label={t("about.copy", { what: t(`about.${name}`) })} />}</Fact>
  );
  return (
    <dl>
      <Fact name={t("about.version")}>{about.version}</Fact>
      <Fact name={t("about.builtWith")}>{about.builtWith}</Fact>
      <Fact name={t("about.uptime")}>
        {format.duration(uptime)} · {t("about.started")} <RelativeTime ms={about.startedAtMs} />
      </Fact>
      <Fact name={t("about.clock")}>
        <Clock about={about} askedMs={askedMs} answeredMs={answeredMs} />
      </Fact>
      {place("stateFolder", about.stateFolder)}
      {place("configFile", about.configFile)}
      {place("adminAddress", about.adminAddress)}
      {place("grpcAddress", about.grpcAddress)}
      <Fact name={t("about.proxies")}>
        {about.proxies.length === 0 ? (
          <span className="text-muted-foreground">{t("about.noProxies")}</span>
        ) : (
          <ul className="grid gap-1">
            {about.proxies.map((proxy) => (
              <li key={proxy}>
                <Place text={`http://${proxy}/v1`} label={t("about.copy", { what: proxy })} />
              </li>
            ))}
          </ul>
        )}
      </Fact>
      {about.opsAddress !== "" && (
        <Fact name={t("about.metrics")}>
          <Metrics address={about.opsAddress} />
        </Fact>
      )}
    </dl>
  );
}

export function AboutSection() {
  const { t } = useTranslation("settings");
  const query = useQuery(aboutQuery);
  return (
    <div className="grid gap-4">
      <SectionCard title={t("about.title")} description={t("about.description")}>
        <QueryView query={query}>{(data) => <AboutFacts {...data} />}</QueryView>
      </SectionCard>
      {query.data && query.data.about.thirdPartyNotices !== "" && (
        <SectionCard title={t("about.notices")} description={t("about.noticesHint")}>
          <details className="group">
            <summary className="focus-ring flex w-fit items-center gap-1 rounded text-sm text-primary">
              <ChevronRight aria-hidden className="size-4 transition-transform group-open:rotate-90" />
              {t("about.showNotices")}
            </summary>
            {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keyboard */}
            <pre tabIndex={0} role="region" aria-label={t("about.notices")} className="focus-ring mt-3 max-h-[32rem] overflow-auto rounded-lg border bg-muted/50 p-3 font-mono text-xs leading-5 break-words whitespace-pre-wrap">
              {query.data.about.thirdPartyNotices}
            </pre>
          </details>
        </SectionCard>
      )}
    </div>
  );
}

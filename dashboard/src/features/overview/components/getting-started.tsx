import { Link } from "@tanstack/react-router";
import { MessageSquareText, Rocket, SlidersHorizontal } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "@/components/copy-button";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { useInstances } from "@/hooks/use-instances";
import { useAbout } from "../data/queries";
import { baseUrlOf, isDemo, snippetLanguages, snippetOf } from "../lib/snippets";
import { Section } from "./section";

const usualListen = "127.0.0.1:8080";

/** Before the first request: how to send it. */
export function GettingStarted() {
  const { t } = useTranslation("overview");
  const about = useAbout();
  const fleet = useInstances();
  const waiting = about.isPending || (fleet.isPending && !about.data?.proxies[0]);
  const listen = about.data?.proxies[0] || fleet.data?.instances.find((one) => one.connected)?.listen;
  const demo = isDemo(about.data?.stateFolder ?? "");
  return (
    <Section title={t("start.title")} description={t("start.description")}>
      <ol className="grid gap-6 lg:grid-cols-2">
        <Step number={1} title={t("start.connect")} text={demo ? t("start.connectDemo") : t("start.connectHint")}>
          <Button asChild variant="outline" size="sm">
            <Link to="/config/$section" params={{ section: "providers" }}>
              <SlidersHorizontal aria-hidden />
              {t("start.providers")}
            </Link>
          </Button>
        </Step>
        <Step number={2} title={t("start.try")} text={t("start.tryHint")}>
          <Button asChild variant="outline" size="sm">
            <Link to="/playground">
              <MessageSquareText aria-hidden />
              {t("start.playground")}
            </Link>
          </Button>
        </Step>
        <Step number={3} title={t("start.send")} text={listen || waiting ? t("start.sendHint") : t("start.noProxy")} wide>
          {waiting ? <Skeleton className="h-52 w-full" /> : <Snippets url={baseUrlOf(listen || usualListen, window.location.hostname)} />}
        </Step>
      </ol>
      <p className="mt-4 flex items-start gap-2 text-muted-foreground text-sm">
        <Rocket aria-hidden className="mt-0.5 size-4 shrink-0" />
        {demo ? t("start.isDemo") : t("start.demo")}
      </p>
    </Section>
  );
}

type StepProps = { number: number; title: string; text: string; wide?: boolean; children: ReactNode };

function Step({ number, title, text, wide, children }: StepProps) {
  return (
    <li className={wide ? "flex min-w-0 gap-3 lg:col-span-2" : "flex min-w-0 gap-3"}>
      <span aria-hidden className="flex size-7 shrink-0 items-center justify-center rounded-full bg-accent font-semibold text-accent-foreground text-sm">
        {number}
      </span>
      <div className="min-w-0 flex-1">
        <h3 className="font-medium text-sm leading-7">{title}</h3>
        <p className="mb-2 max-w-prose text-muted-foreground text-sm">{text}</p>
        {children}
      </div>
    </li>
  );
}

function Snippets({ url }: { url: string }) {
  const { t } = useTranslation("overview");
  return (
    <div className="grid gap-3">
      <p className="flex flex-wrap items-center gap-2 text-sm">
        <span className="text-muted-foreground">{t("start.baseUrl")}</span>
        <code className="rounded-md bg-muted px-2 py-1 text-[0.8125rem] break-all">{url}</code>
        <CopyButton text={url} label={t("start.copyUrl")} />
      </p>
      <Tabs defaultValue="curl">
        <TabsList aria-label={t("start.languages")}>
          {snippetLanguages.map((language) => (
            <TabsTrigger key={language} value={language}>{t(`start.language.${language}`)}</TabsTrigger>
          ))}
        </TabsList>
        {snippetLanguages.map((language) => (
          <TabsContent key={language} value={language} className="relative mt-2">
            {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keyboard */}
            <section tabIndex={0} aria-label={t(`start.language.${language}`)} className="focus-ring overflow-x-auto rounded-lg border bg-muted p-3 pr-12">
              <pre className="text-[0.8125rem] leading-5">
                <code>{snippetOf(language, url)}</code>
              </pre>
            </section>
            <CopyButton text={snippetOf(language, url)} label={t("start.copySnippet")} className="absolute top-2 right-2" />
          </TabsContent>
        ))}
      </Tabs>
    </div>
  );
}

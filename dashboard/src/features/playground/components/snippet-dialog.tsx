import { useQuery } from "@tanstack/react-query";
import { Code } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "@/components/copy-button";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogHeader, DialogTitle, DialogTrigger } from "@/components/ui/dialog";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { addresses } from "../data/queries";
import { gatewayBaseUrl, snippet, snippetLanguages } from "../lib/snippets";

const names = { curl: "curl", python: "Python", javascript: "JavaScript" };

interface SnippetDialogProps {
  /** Made when it is wanted: it holds the whole conversation. */
  body: () => Record<string, unknown>;
  needsKey: boolean;
  disabled: boolean;
}

export function SnippetDialog({ body, needsKey, disabled }: SnippetDialogProps) {
  const { t } = useTranslation("playground");
  const [open, setOpen] = useState(false);
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button variant="ghost" size="sm" disabled={disabled}>
          <Code aria-hidden />
          {t("snippet.button")}
        </Button>
      </DialogTrigger>
      <DialogContent className="max-w-2xl">
        <DialogHeader>
          <DialogTitle>{t("snippet.title")}</DialogTitle>
          <DialogDescription>{needsKey ? t("snippet.withKey") : t("snippet.withoutKey")}</DialogDescription>
        </DialogHeader>
        {open && <Snippets body={body()} needsKey={needsKey} />}
      </DialogContent>
    </Dialog>
  );
}

function Snippets({ body, needsKey }: { body: Record<string, unknown>; needsKey: boolean }) {
  const { t } = useTranslation("playground");
  const about = useQuery(addresses);
  const baseUrl = gatewayBaseUrl(about.data?.proxies ?? [], window.location.hostname);
  return (
    <Tabs defaultValue="curl" className="min-w-0">
      <TabsList>
        {snippetLanguages.map((language) => (
          <TabsTrigger key={language} value={language}>
            {names[language]}
          </TabsTrigger>
        ))}
      </TabsList>
      {snippetLanguages.map((language) => {
        const text = snippet(language, { baseUrl, body, needsKey });
        return (
          <TabsContent key={language} value={language} className="relative">
            <CopyButton text={text} label={t("snippet.copy", { language: names[language] })} className="absolute top-2 right-2 bg-card" />
            {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keyboard */}
            <pre tabIndex={0} role="region" aria-label={names[language]} className="focus-ring max-h-[55vh] overflow-auto rounded-lg border bg-muted/50 p-3 pr-11 font-mono text-xs leading-5">
              {text}
            </pre>
          </TabsContent>
        );
      })}
    </Tabs>
  );
}

import { Download, FileUp, PencilLine } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "@/components/copy-button";
import { ErrorState } from "@/components/error-state";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { useConfigDraft } from "@/lib/config-draft";
import { useDocuments } from "../data/queries";
import { useEditable } from "../data/use-config";
import { YamlEditor } from "./yaml-editor";

function download(name: string, text: string) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
}

function Document({ text, label }: { text: string; label: string }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keys
    <div role="region" aria-label={label} tabIndex={0} className="focus-ring flex max-h-[70vh] overflow-auto rounded-lg border bg-card font-mono text-xs leading-5">
      <pre aria-hidden className="sticky left-0 border-r bg-muted px-2 py-2 text-right text-muted-foreground tabular-nums select-none">
        {text
          .replace(/\n$/, "")
          .split("\n")
          .map((_, i) => `${i + 1}\n`)
          .join("")}
      </pre>
      <pre className="px-3 py-2">{text}</pre>
    </div>
  );
}

/** The whole document as text: to read, to take away, to edit or to bring in. */
export function YamlSection() {
  const { t } = useTranslation("config");
  const { newest } = useConfigDraft();
  const editable = useEditable();
  const documents = useDocuments(newest);
  const [mode, setMode] = useState<"read" | "edit" | "import">("read");
  const [chosen, setChosen] = useState("yaml");
  if (newest > 0n && documents.isPending) return <Skeleton className="h-96" />;
  if (documents.isError) return <ErrorState error={documents.error} onRetry={() => void documents.refetch()} />;
  const { yaml, json, effectiveJson } = documents.data ?? { yaml: "", json: "", effectiveJson: "" };
  if (mode !== "read") return <YamlEditor start={mode === "edit" ? yaml : ""} before={yaml} onDone={() => setMode("read")} />;
  const forms = [
    { id: "yaml", text: yaml, file: `smartroute-${newest}.yaml` },
    { id: "json", text: json, file: `smartroute-${newest}.json` },
    { id: "effective", text: effectiveJson, file: `smartroute-${newest}-effective.json` },
  ].filter((form) => form.text !== "");
  const shown = forms.find((form) => form.id === chosen);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <p className="max-w-prose text-sm text-muted-foreground">{t("yaml.about")}</p>
      <Tabs value={chosen} onValueChange={setChosen}>
        <div className="flex flex-wrap items-center justify-between gap-2">
          <TabsList aria-label={t("yaml.form")}>
            {forms.map((form) => (
              <TabsTrigger key={form.id} value={form.id}>
                {t(`yaml.forms.${form.id}`)}
              </TabsTrigger>
            ))}
          </TabsList>
          <span className="flex flex-wrap items-center gap-2">
            {shown && (
              <>
                <CopyButton text={shown.text} showLabel label={t("yaml.copy")} />
                <Button variant="ghost" size="sm" onClick={() => download(shown.file, shown.text)}>
                  <Download aria-hidden />
                  {t("yaml.download")}
                </Button>
              </>
            )}
            <Button variant="outline" size="sm" disabled={!editable} onClick={() => setMode("edit")}>
              <PencilLine aria-hidden />
              {t("yaml.edit")}
            </Button>
            <Button variant="outline" size="sm" disabled={!editable} onClick={() => setMode("import")}>
              <FileUp aria-hidden />
              {t("yaml.import")}
            </Button>
          </span>
        </div>
        {forms.map((form) => (
          <TabsContent key={form.id} value={form.id} className="grid grid-cols-[minmax(0,1fr)] gap-2">
            <Document text={form.text} label={t(`yaml.forms.${form.id}`)} />
          </TabsContent>
        ))}
      </Tabs>
    </div>
  );
}

import { useInfiniteQuery } from "@tanstack/react-query";
import { Play } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardFooter, CardHeader, CardTitle } from "@/components/ui/card";
import { FormField } from "@/components/ui/form-field";
import { Select, SelectContent, SelectGroup, SelectItem, SelectLabel, SelectTrigger, SelectValue } from "@/components/ui/select";
import { useFormat } from "@/hooks/use-format";
import { revisions } from "../data/queries";
import { type RecordLimit, recordLimits, type WhatIfSearch } from "../search";

interface CandidateCardProps {
  search: WhatIfSearch;
  onSearch: (change: WhatIfSearch) => void;
  changes: number;
  running: boolean;
  blocked: boolean;
  onRun: () => void;
}

const draftValue = "draft";
const defaultMax: RecordLimit = 10_000;

function RevisionOptions({ chosen }: { chosen?: number }) {
  const { t } = useTranslation("what-if");
  const list = useInfiniteQuery(revisions);
  const all = list.data?.pages.flatMap((page) => page.revisions) ?? [];
  // A link may name one that is not on the first page.
  const isListed = chosen === undefined || all.some((revision) => Number(revision.number) === chosen);
  return (
    <SelectGroup>
      <SelectLabel>{t("candidate.revisions")}</SelectLabel>
      {!isListed && <SelectItem value={String(chosen)}>{t("candidate.revision", { number: chosen })}</SelectItem>}
      {all.map((revision) => (
        <SelectItem key={String(revision.number)} value={String(revision.number)}>
          <span className="block max-w-72 truncate">
            {t("candidate.revision", { number: String(revision.number) })}
            {revision.note !== "" && <span className="text-muted-foreground"> {revision.note}</span>}
          </span>
        </SelectItem>
      ))}
    </SelectGroup>
  );
}

export function CandidateCard({ search, onSearch, changes, running, blocked, onRun }: CandidateCardProps) {
  const { t } = useTranslation("what-if");
  const format = useFormat();
  const isDraft = search.revision === undefined;
  return (
    <Card>
      <CardHeader>
        <CardTitle>{t("candidate.title")}</CardTitle>
      </CardHeader>
      <CardContent className="grid gap-4">
        <FormField label={t("candidate.label")} hint={isDraft && changes === 0 ? t("candidate.noChanges") : undefined}>
          {(wires) => (
            <Select value={search.revision === undefined ? draftValue : String(search.revision)} onValueChange={(value) => onSearch({ ...search, revision: value === draftValue ? undefined : Number(value) })}>
              <SelectTrigger {...wires} className="w-full">
                <SelectValue />
              </SelectTrigger>
              <SelectContent>
                <SelectItem value={draftValue}>{changes === 0 ? t("candidate.saved") : t("candidate.draft", { count: changes })}</SelectItem>
                <RevisionOptions chosen={search.revision} />
              </SelectContent>
            </Select>
          )}
        </FormField>
        <FormField label={t("candidate.max")} hint={t("candidate.maxHint")}>
          {(wires) => (
            <Select value={String(search.max ?? defaultMax)} onValueChange={(value) => onSearch({ ...search, max: recordLimits.find((limit) => String(limit) === value) })}>
              <SelectTrigger {...wires} className="w-full">
                <SelectValue />
              </SelectTrigger>
              <SelectContent>
                {recordLimits.map((limit) => (
                  <SelectItem key={limit} value={String(limit)}>
                    {t("candidate.newest", { count: limit, number: format.number(limit) })}
                  </SelectItem>
                ))}
              </SelectContent>
            </Select>
          )}
        </FormField>
      </CardContent>
      <CardFooter className="flex-wrap">
        <Button className="flex-1" onClick={onRun} disabled={blocked || running} aria-busy={running}>
          <Play aria-hidden />
          {running ? t("candidate.running") : t("candidate.run")}
        </Button>
      </CardFooter>
    </Card>
  );
}

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FormField } from "@/components/ui/form-field";
import { Textarea } from "@/components/ui/textarea";
import { useConfigDraft } from "@/lib/config-draft";
import { type KeywordList, keywordLists, setKeywords } from "../lib/knobs";

function Rules({ list }: { list: KeywordList }) {
  const { t } = useTranslation("what-if");
  const { draft, update } = useConfigDraft();
  // While it is being typed in, the text is kept as typed: a blank line is the way to the next rule.
  const [typing, setTyping] = useState<string>();
  const rules = draft.router?.keywords?.[list] ?? [];
  return (
    <FormField label={t(`keywordLists.${list}`)}>
      <Textarea
        rows={2}
        spellCheck={false}
        className="max-h-40 min-h-14 font-mono text-xs sm:text-xs"
        placeholder={t("knobs.noRules")}
        value={typing ?? rules.join("\n")}
        onChange={(event) => {
          const text = event.target.value;
          setTyping(text);
          update((doc) => setKeywords(doc, list, text));
        }}
        onBlur={() => setTyping(undefined)}
      />
    </FormField>
  );
}

export function KeywordKnobs() {
  const { t } = useTranslation("what-if");
  return (
    <div className="grid gap-3 pt-1">
      <p className="text-xs leading-5 text-muted-foreground">{t("knobs.keywordsHint")}</p>
      {keywordLists.map((list) => (
        <Rules key={list} list={list} />
      ))}
    </div>
  );
}

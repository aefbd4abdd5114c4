import { useId } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { Switch } from "@/components/ui/switch";
import { Textarea } from "@/components/ui/textarea";
import { setIn, useConfigDraft } from "@/lib/config-draft";
import { useField, usePlace } from "../data/use-config";
import { DEFAULT_JUDGE_PROMPT } from "../lib/judge-prompt";
import { ConfigField } from "./config-field";
import { FieldFrame, ProblemTexts } from "./field-frame";
import { ModelPicker } from "./model-picker";
import { SecretField } from "./secret-field";
import { Folded, SectionCard } from "./section-card";

function JudgeModel() {
  const { t } = useTranslation("config");
  const field = useField<string>(["router", "llm", "model"]);
  return (
    <FieldFrame field={field} label={t("fields.router.llm.model.label")} hint={t("fields.router.llm.model.hint")}>
      {(wires) => (
        <div className="flex gap-2">
          <Input {...wires} className="font-mono" value={field.value ?? ""} placeholder="provider/model" spellCheck={false} autoComplete="off" disabled={!field.editable} onChange={(event) => field.set(event.target.value === "" ? undefined : event.target.value)} />
          <ModelPicker
            label={t("router.chooseModel")}
            without={[]}
            onPick={field.set}
            trigger={
              <Button variant="outline" disabled={!field.editable}>
                {t("router.choose")}
              </Button>
            }
          />
        </div>
      )}
    </FieldFrame>
  );
}

function PromptTemplate() {
  const { t } = useTranslation("config");
  const field = useField<string>(["router", "llm", "prompt_template"]);
  const missing = field.value !== undefined && !field.value.includes("{history}") ? t("router.promptNoHistory") : undefined;
  return (
    <FieldFrame field={field} label={t("fields.router.llm.prompt_template.label")} hint={t("router.promptAbout")} fault={missing}>
      {(wires) => (
        <div className="grid gap-2">
          <Textarea {...wires} className="max-h-96 min-h-40 font-mono text-xs leading-5 sm:text-xs" value={field.value ?? ""} placeholder={DEFAULT_JUDGE_PROMPT} spellCheck={false} disabled={!field.editable} onChange={(event) => field.set(event.target.value === "" ? undefined : event.target.value)} />
          {field.editable && (
            <div className="flex flex-wrap gap-2">
              {field.value === undefined ? (
                <Button variant="outline" size="sm" onClick={() => field.set(DEFAULT_JUDGE_PROMPT)}>
                  {t("router.promptEdit")}
                </Button>
              ) : (
                <Button variant="outline" size="sm" onClick={() => field.set(undefined)}>
                  {t("router.promptDefault")}
                </Button>
              )}
              {missing && (
                <Button variant="outline" size="sm" onClick={() => field.set(`${field.value ?? ""}\n{history}\n`)}>
                  {t("router.promptAddHistory")}
                </Button>
              )}
            </div>
          )}
        </div>
      )}
    </FieldFrame>
  );
}

/** A model that is asked which tier a prompt needs. */
export function JudgeCard() {
  const { t } = useTranslation("config");
  const id = useId();
  const { draft, saved, update } = useConfigDraft();
  const { search } = usePlace();
  const field = useField<object>(["router", "llm"]);
  const on = draft.router?.llm !== undefined;
  const whole = field.problems.filter((problem) => problem.path === "router.llm");
  const deep = /^router\.llm\.(?!model|prompt|timeout)/.test(search.field ?? "");
  const turn = (next: boolean) => update((doc) => setIn(doc, ["router", "llm"], next ? (saved.router?.llm ?? {}) : undefined));
  const action = (
    <span className="flex items-center gap-2">
      <Label htmlFor={id} className="font-normal text-muted-foreground">
        {t(on ? "on" : "off")}
      </Label>
      <Switch id={id} checked={on} onCheckedChange={turn} disabled={!field.editable} aria-label={t("router.judgeSwitch")} />
    </span>
  );
  return (
    <SectionCard title={t("router.judge")} description={t("router.judgeAbout")} action={action}>
      {(on || whole.length > 0) && (
        <>
          {whole.length > 0 && (
            <p role="alert" data-config-path="router.llm" className="text-xs font-medium text-bad">
              <ProblemTexts problems={whole} />
            </p>
          )}
          {on && <JudgeSettings deep={deep} />}
        </>
      )}
    </SectionCard>
  );
}

function JudgeSettings({ deep }: { deep: boolean }) {
  const { t } = useTranslation("config");
  const { draft } = useConfigDraft();
  return (
        <>
          <JudgeModel />
          <PromptTemplate />
          <Folded title={t("router.judgeMore")} open={deep}>
            <div className="grid items-start gap-x-6 gap-y-5 sm:grid-cols-2">
              {(["timeout", "history_turns", "max_turn_bytes", "cache_entries", "cache_ttl", "breaker_failures", "breaker_open", "base_url"] as const).map((name) => (
                <ConfigField key={name} path={["router", "llm", name]} />
              ))}
            </div>
            {draft.router?.llm?.base_url && <SecretField path={["router", "llm", "api_key"]} label={t("router.judgeKey")} />}
          </Folded>
        </>
  );
}

import { ArrowRight, Check } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Applying } from "@/components/config-draft/applying";
import { PageHeader } from "@/components/page-header";
import { Button } from "@/components/ui/button";
import { Card, CardContent } from "@/components/ui/card";
import { ApiError } from "@/lib/api";
import { setIn, useConfigDraft } from "@/lib/config-draft";
import { errorText } from "@/lib/error-text";
import { cn } from "@/lib/utils";
import { freeId, type ProviderTemplate } from "../lib/templates";
import { ConfigField } from "./config-field";
import { FirstCall } from "./first-call";
import { ProblemTexts } from "./field-frame";
import { ProviderTest } from "./provider-test";
import { SecretField } from "./secret-field";
import { TemplateGrid } from "./template-grid";
import { TiersSection } from "./tiers-section";

const STEPS = ["provider", "key", "models", "call"] as const;
type Step = (typeof STEPS)[number];

function Steps({ current }: { current: Step }) {
  const { t } = useTranslation("config");
  const at = STEPS.indexOf(current);
  return (
    <ol aria-label={t("first.steps")} className="flex flex-wrap gap-x-6 gap-y-2">
      {STEPS.map((step, i) => (
        <li key={step} aria-current={step === current ? "step" : undefined} className={cn("flex items-center gap-2 text-sm text-muted-foreground", i <= at && "font-medium text-foreground")}>
          <span className={cn("flex size-6 items-center justify-center rounded-full border text-xs tabular-nums", i <= at && "border-primary bg-primary text-primary-foreground")}>{i < at ? <Check aria-hidden className="size-3.5" /> : i + 1}</span>
          {t(`first.step.${step}`)}
        </li>
      ))}
    </ol>
  );
}

/** From nothing to a first answer: provider, key, models, a command to copy. */
export function FirstRun({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation("config");
  const { t: common } = useTranslation("common");
  const { draft, update, save, problems, checking, seenApplied } = useConfigDraft();
  const [step, setStep] = useState<Step>("provider");
  const [saving, setSaving] = useState(false);
  const [saved, setSaved] = useState<bigint>();
  const [failure, setFailure] = useState("");
  const id = draft.providers?.[0]?.id ?? "";
  const errors = problems.filter((problem) => problem.severity === "error");

  const choose = (template: ProviderTemplate | undefined) => {
    const provider = freeId([], template?.id ?? "provider");
    const models = template?.models?.map((model) => `${provider}/${model}`);
    update((doc) => {
      const next = setIn(doc, ["providers"], [{ id: provider, ...(template ? { base_url: template.baseUrl } : {}) }]);
      return models ? models.reduce((out, model, i) => setIn(out, ["tiers", `t${i + 1}`, "models"], [model]), next) : setIn(next, ["tiers"], undefined);
    });
    setStep("key");
  };
  const finish = async () => {
    setSaving(true);
    setFailure("");
    try {
      const outcome = await save(t("first.note"));
      if (outcome.kind === "conflict") return onDone();
      if (outcome.kind === "saved") {
        seenApplied();
        setSaved(outcome.revision);
        setStep("call");
      }
    } catch (error) {
      setFailure(error instanceof ApiError ? errorText(error, common) : t("review.failed"));
    } finally {
      setSaving(false);
    }
  };
  return (
    <>
      <PageHeader title={t("first.title")} description={t("first.about")} actions={step !== "call" && <Button variant="ghost" onClick={onDone}>{t("first.skip")}</Button>} />
      <Steps current={step} />
      {step === "provider" && <TemplateGrid onChoose={choose} />}
      {step === "key" && (
        <Card className="max-w-2xl">
          <CardContent className="grid gap-5">
            <ConfigField path={["providers", 0, "base_url"]} />
            <SecretField path={["providers", 0, "api_key"]} label={t("fields.providers.api_key.label")} />
            <ProviderTest provider={id} />
            <div className="flex justify-between">
              <Button variant="outline" onClick={() => setStep("provider")}>
                {t("first.back")}
              </Button>
              <Button onClick={() => setStep("models")}>
                {t("first.next")}
                <ArrowRight aria-hidden />
              </Button>
            </div>
          </CardContent>
        </Card>
      )}
      {step === "models" && (
        <>
          <p className="max-w-prose text-sm text-muted-foreground">{t("first.models")}</p>
          <TiersSection />
          {(errors.length > 0 || failure !== "") && (
            <p role="alert" className="text-sm break-words whitespace-pre-line text-bad">
              <ProblemTexts problems={errors} /> {failure}
            </p>
          )}
          <div className="flex justify-between">
            <Button variant="outline" disabled={saving} onClick={() => setStep("key")}>
              {t("first.back")}
            </Button>
            <Button disabled={saving || checking || errors.length > 0} aria-busy={saving} onClick={() => void finish()}>
              {t(saving ? "review.saving" : "first.save")}
            </Button>
          </div>
        </>
      )}
      {step === "call" && (
        <Card className="max-w-3xl">
          <CardContent className="grid gap-5">
            {saved !== undefined && <Applying revision={saved} />}
            <FirstCall />
            <div>
              <Button onClick={onDone}>{t("first.open")}</Button>
            </div>
          </CardContent>
        </Card>
      )}
    </>
  );
}

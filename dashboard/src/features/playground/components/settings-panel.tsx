import { useTranslation } from "react-i18next";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { FormField } from "@/components/ui/form-field";
import { Input } from "@/components/ui/input";
import { Switch } from "@/components/ui/switch";
import { Textarea } from "@/components/ui/textarea";
import type { Talk } from "../data/use-conversation";
import { type SettingsProblem, settingsProblems } from "../lib/request-body";

const extraProblems: SettingsProblem[] = ["extraNotJson", "extraNotObject", "extraReserved"];

/** What goes along with every question. */
export function SettingsPanel({ talk }: { talk: Talk }) {
  const { t } = useTranslation("playground");
  const { settings, system } = talk.conversation;
  const problems = settingsProblems(settings);
  const extra = extraProblems.find((problem) => problems.includes(problem));
  return (
    <Card className="h-fit">
      <CardHeader>
        <CardTitle>{t("settings.title")}</CardTitle>
      </CardHeader>
      <CardContent className="grid gap-4">
        <FormField label={t("settings.system")} hint={t("settings.systemHint")}>
          <Textarea className="max-h-60" rows={3} value={system} onChange={(event) => talk.setSystem(event.target.value)} />
        </FormField>
        <FormField label={t("settings.stream")} inline hint={t("settings.streamHint")}>
          <Switch checked={settings.stream} onCheckedChange={(stream) => talk.setSettings({ stream })} />
        </FormField>
        <div className="grid grid-cols-2 gap-3">
          <FormField label={t("settings.temperature")} error={problems.includes("temperature") ? t("problems.temperature") : undefined}>
            <Input inputMode="decimal" placeholder={t("settings.unset")} value={settings.temperature} onChange={(event) => talk.setSettings({ temperature: event.target.value })} />
          </FormField>
          <FormField label={t("settings.maxTokens")} error={problems.includes("maxTokens") ? t("problems.maxTokens") : undefined}>
            <Input inputMode="numeric" placeholder={t("settings.unset")} value={settings.maxTokens} onChange={(event) => talk.setSettings({ maxTokens: event.target.value })} />
          </FormField>
        </div>
        <FormField label={t("settings.extra")} hint={t("settings.extraHint")} error={extra ? t(`problems.${extra}`) : undefined}>
          <Textarea className="max-h-60 font-mono text-xs sm:text-xs" rows={3} spellCheck={false} placeholder={'{"top_p": 0.9}'} value={settings.extra} onChange={(event) => talk.setSettings({ extra: event.target.value })} />
        </FormField>
      </CardContent>
    </Card>
  );
}

import { KeyRound, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { Button } from "@/components/ui/button";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import { type GatewayKey, isHint, isReference, setIn, useConfigDraft } from "@/lib/config-draft";
import { useEditable, useField } from "../data/use-config";
import { ChangedDot, ProblemTexts } from "./field-frame";
import { GatewayKeyDialog } from "./gateway-key-dialog";

function BodiesChoice({ index, name }: { index: number; name: string }) {
  const { t } = useTranslation("config");
  const field = useField<boolean>(["gateway", "keys", index, "log_bodies"]);
  const value = field.value === undefined ? "default" : field.value ? "yes" : "no";
  return (
    <Select value={value} onValueChange={(next) => field.set(next === "default" ? undefined : next === "yes")} disabled={!field.editable}>
      <SelectTrigger size="sm" className="w-full sm:w-44" aria-label={t("keys.bodies", { name })}>
        <SelectValue />
      </SelectTrigger>
      <SelectContent>
        {(["default", "yes", "no"] as const).map((one) => (
          <SelectItem key={one} value={one}>
            {t(`keys.bodiesChoice.${one}`)}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  );
}

function KeyText({ text }: { text: string | undefined }) {
  const { t } = useTranslation("config");
  return <span className="truncate font-mono text-xs text-muted-foreground">{!text ? t("keys.missing") : isHint(text) || isReference(text) ? text : t("providers.newKey")}</span>;
}

interface KeyRowProps {
  path: readonly (string | number)[];
  title: string;
  text: string | undefined;
  bodies?: { index: number; name: string };
}

function KeyRow({ path, title, text, bodies }: KeyRowProps) {
  const { t } = useTranslation("config");
  const { update } = useConfigDraft();
  const [asking, setAsking] = useState(false);
  const field = useField<unknown>(path);
  const errors = field.problems.filter((problem) => problem.severity === "error");
  const remove = () => {
    setAsking(false);
    update((doc) => setIn(doc, path, undefined));
  };
  return (
    <li data-config-path={field.at} className="grid scroll-mt-24 gap-1 px-3 py-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <KeyRound aria-hidden className="size-4 shrink-0 text-muted-foreground" />
        <span className="min-w-24 flex-1 truncate text-sm font-medium">
          {title} {field.changed && <ChangedDot />}
        </span>
        <KeyText text={text} />
        {bodies && <BodiesChoice {...bodies} />}
        <Button variant="ghost" size="icon" disabled={!field.editable} aria-label={t("keys.remove", { name: title })} onClick={() => setAsking(true)}>
          <Trash2 aria-hidden />
        </Button>
      </div>
      {errors.length > 0 && (
        <p role="alert" className="text-xs font-medium text-bad">
          <ProblemTexts problems={errors} />
        </p>
      )}
      <ConfirmDialog open={asking} onOpenChange={setAsking} title={t("keys.removeTitle", { name: title })} description={t("keys.removeAbout")} action={t("keys.removeAction")} onConfirm={remove} />
    </li>
  );
}

/** Who may call the gateway. */
export function GatewayKeys() {
  const { t } = useTranslation("config");
  const { draft, update } = useConfigDraft();
  const editable = useEditable();
  const [adding, setAdding] = useState(false);
  const keys = draft.gateway?.keys ?? [];
  const plain = draft.gateway?.api_keys ?? [];
  const add = (key: GatewayKey) => update((doc) => setIn(doc, ["gateway", "keys"], [...(doc.gateway?.keys ?? []), key]));
  return (
    <div className="grid gap-3">
      {keys.length + plain.length === 0 ? (
        <p className="rounded-lg border border-dashed px-3 py-4 text-sm text-muted-foreground">{t("keys.none")}</p>
      ) : (
        <ul aria-label={t("keys.title")} className="divide-y rounded-lg border">
          {keys.map((key, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- names may be missing or the same
            <KeyRow key={`${index}/${key.name ?? ""}`} path={["gateway", "keys", index]} title={key.name || t("keys.nameless")} text={key.key} bodies={{ index, name: key.name ?? "" }} />
          ))}
          {plain.map((text, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- hints may be the same
            <KeyRow key={index} path={["gateway", "api_keys", index]} title={t("keys.nameless")} text={text} />
          ))}
        </ul>
      )}
      <div>
        <Button variant="outline" disabled={!editable} onClick={() => setAdding(true)}>
          <Plus aria-hidden />
          {t("keys.add")}
        </Button>
      </div>
      {adding && <GatewayKeyDialog taken={keys.map((key) => key.name ?? "")} onAdd={add} onClose={() => setAdding(false)} />}
    </div>
  );
}

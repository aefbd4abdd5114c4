import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Sheet, SheetContent, SheetDescription, SheetHeader, SheetTitle } from "@/components/ui/sheet";
import { isHint, setIn, useConfigDraft } from "@/lib/config-draft";
import { useField, usePlace } from "../data/use-config";
import { renameProvider } from "../lib/models";
import { ConfigField } from "./config-field";
import { FieldFrame } from "./field-frame";
import { PairsEditor } from "./pairs-editor";
import { ProviderDelete } from "./provider-delete";
import { ProviderTest } from "./provider-test";
import { SecretField } from "./secret-field";
import { Folded } from "./section-card";

function IdField({ index }: { index: number }) {
  const { t } = useTranslation("config");
  const { update } = useConfigDraft();
  const field = useField<string>(["providers", index, "id"]);
  const [typed, setTyped] = useState<string>();
  const commit = () => {
    setTyped(undefined);
    const id = typed?.trim();
    if (id === undefined || id === "" || id === field.value) return;
    update((doc) => {
      const renamed = renameProvider(doc, index, id);
      // A stored key belongs to the id that it is stored under.
      return isHint(doc.providers?.[index]?.api_key) ? setIn(renamed, ["providers", index, "api_key"], undefined) : renamed;
    });
  };
  return (
    <FieldFrame field={field} label={t("fields.providers.id.label")} hint={t("fields.providers.id.hint")}>
      {(wires) => (
        <Input
          {...wires}
          className="font-mono"
          spellCheck={false}
          autoComplete="off"
          disabled={!field.editable}
          value={typed ?? field.value ?? ""}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={commit}
          onKeyDown={(event) => {
            if (event.key === "Enter") commit();
          }}
        />
      )}
    </FieldFrame>
  );
}

function HeadersField({ index }: { index: number }) {
  const { t } = useTranslation("config");
  const field = useField<Record<string, string>>(["providers", index, "headers"]);
  return (
    <FieldFrame field={field} label={t("fields.providers.headers.label")} hint={t("fields.providers.headers.hint")}>
      {(wires) => (
        <div {...wires} role="group" aria-label={t("fields.providers.headers.label")}>
          <PairsEditor value={field.value ?? {}} onChange={field.set} disabled={!field.editable} nameLabel={t("headers.name")} valueLabel={t("headers.value")} addLabel={t("add")} />
        </div>
      )}
    </FieldFrame>
  );
}

/** Everything about one provider. It edits the draft itself: closing keeps what was typed. */
export function ProviderSheet({ index, onClose }: { index: number; onClose: () => void }) {
  const { t } = useTranslation("config");
  const { draft } = useConfigDraft();
  const { search } = usePlace();
  const [deleting, setDeleting] = useState(false);
  const provider = draft.providers?.[index];
  const id = provider?.id ?? "";
  const field = useField<object>(["providers", index]);
  const deep = /\.(?:tls_|headers|allow_private|stream_usage|protocol)/.test(search.field ?? "");
  return (
    <Sheet open onOpenChange={(open) => !open && onClose()}>
      <SheetContent>
        <SheetHeader className="border-b">
          <SheetTitle>{id === "" ? t("providers.new") : id}</SheetTitle>
          <SheetDescription>{t("providers.sheet")}</SheetDescription>
        </SheetHeader>
        <div data-config-sheet className="grid flex-1 content-start gap-5 overflow-y-auto p-4">
          <IdField index={index} />
          <ConfigField path={["providers", index, "base_url"]} placeholder="https://api.example.com/v1" />
          <SecretField path={["providers", index, "api_key"]} label={t("fields.providers.api_key.label")} />
          <ProviderTest key={id} provider={id} />
          <Folded title={t("providers.advanced")} open={deep}>
            {(["protocol", "stream_usage", "tls_verify", "tls_ca_file", "allow_private"] as const).map((name) => (
              <ConfigField key={name} path={["providers", index, name]} />
            ))}
            <HeadersField index={index} />
          </Folded>
        </div>
        <div className="flex items-center justify-between gap-2 border-t p-4">
          <Button variant="ghost" className="text-bad" disabled={!field.editable} onClick={() => setDeleting(true)}>
            <Trash2 aria-hidden />
            {t("providers.delete")}
          </Button>
          <Button onClick={onClose}>{t("done")}</Button>
        </div>
      </SheetContent>
      {deleting && (
        <ProviderDelete
          index={index}
          onClose={(deleted) => {
            setDeleting(false);
            if (deleted) onClose();
          }}
        />
      )}
    </Sheet>
  );
}

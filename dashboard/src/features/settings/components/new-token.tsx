import { useTranslation } from "react-i18next";
import { CopyButton } from "@/components/copy-button";
import { Button } from "@/components/ui/button";
import { DialogFooter } from "@/components/ui/dialog";
import { ShownOnce } from "./shown-once";

interface NewTokenProps {
  secret: string;
  onDone: () => void;
}

function example(secret: string): string {
  const call = `${window.location.origin}/smartroute.admin.v1.FleetService/ListInstances`;
  return [`curl ${call}`, `-H 'authorization: Bearer ${secret}'`, "-H 'content-type: application/json'", "-d '{}'"].join(" \\\n  ");
}

export function NewToken({ secret, onDone }: NewTokenProps) {
  const { t } = useTranslation("settings");
  const text = example(secret);
  return (
    <div className="grid min-w-0 gap-4">
      <ShownOnce label={t("tokens.secret")} text={secret} />
      <div className="grid min-w-0 gap-1.5">
        <p className="text-sm font-medium">{t("tokens.example")}</p>
        <div className="relative min-w-0">
          <CopyButton text={text} label={t("tokens.copyExample")} className="absolute top-1.5 right-1.5 bg-card" />
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keyboard */}
          <pre tabIndex={0} role="region" aria-label={t("tokens.example")} className="focus-ring overflow-x-auto rounded-lg border bg-muted/50 p-3 pr-11 font-mono text-xs leading-5 break-all whitespace-pre-wrap">
            {text}
          </pre>
        </div>
      </div>
      <DialogFooter>
        <Button onClick={onDone}>{t("done")}</Button>
      </DialogFooter>
    </div>
  );
}

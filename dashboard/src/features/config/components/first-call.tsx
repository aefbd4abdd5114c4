import { useTranslation } from "react-i18next";
import { CopyButton } from "@/components/copy-button";
import { useConfigDraft } from "@/lib/config-draft";
import { useProxies } from "../data/queries";

/** The address clients use: where a data plane listens, by the name this page was reached by if it listens everywhere. */
export function clientAddress(listen: string | undefined, host: string): string {
  const at = listen ?? "127.0.0.1:8080";
  return `http://${at.replace(/^(?:0\.0\.0\.0|\[::\]|\*)(?=:)/, host)}`;
}

/** A command to copy that asks the gateway something. */
export function FirstCall() {
  const { t } = useTranslation("config");
  const { saved } = useConfigDraft();
  const proxies = useProxies();
  const listen = proxies.data?.instances.find((instance) => instance.connected)?.listen;
  const hasKey = (saved.gateway?.api_keys?.length ?? 0) + (saved.gateway?.keys?.length ?? 0) > 0;
  const command = [
    `curl ${clientAddress(listen, window.location.hostname)}/v1/chat/completions`,
    "-H 'content-type: application/json'",
    ...(hasKey ? ["-H 'authorization: Bearer YOUR_GATEWAY_KEY'"] : []),
    `-d '{"model":"auto","messages":[{"role":"user","content":"hello"}]}'`,
  ].join(" \\\n  ");
  return (
    <div className="grid gap-2">
      <p className="text-sm">{t("first.call")}</p>
      <div className="flex items-start gap-2 rounded-lg border bg-muted p-3">
        <pre className="min-w-0 flex-1 font-mono text-xs leading-5 break-all whitespace-pre-wrap">{command}</pre>
        <CopyButton text={command} label={t("first.copy")} />
      </div>
      {!hasKey && <p className="text-xs text-muted-foreground">{t("first.keyless")}</p>}
    </div>
  );
}

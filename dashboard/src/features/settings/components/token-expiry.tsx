import { CircleAlert, Clock } from "lucide-react";
import { useTranslation } from "react-i18next";
import { RelativeTime } from "@/components/relative-time";
import { Badge } from "@/components/ui/badge";
import { useFormat } from "@/hooks/use-format";
import { useNow } from "@/hooks/use-now";
import { expiryState } from "../lib/token-expiry";

export function TokenExpiry({ expiresAtMs }: { expiresAtMs: bigint }) {
  const { t } = useTranslation("settings");
  const format = useFormat();
  const now = useNow();
  const state = expiryState(expiresAtMs, now);
  if (state === "never") return <span className="text-muted-foreground">{t("never")}</span>;
  if (state === "over")
    return (
      <Badge variant="bad">
        <CircleAlert aria-hidden />
        {t("tokens.over")} <RelativeTime ms={expiresAtMs} />
      </Badge>
    );
  const text = <time title={format.dateTime(expiresAtMs)}>{format.relative(expiresAtMs, now)}</time>;
  if (state === "later") return text;
  return (
    <Badge variant="warn">
      <Clock aria-hidden />
      {text}
    </Badge>
  );
}

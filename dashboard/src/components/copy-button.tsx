import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { cn } from "@/lib/utils";

type CopyButtonProps = {
  /** Or where to get it, when making it costs something. */
  text: string | (() => string);
  /** What is copied, for the name of the button; shown beside the icon when `showLabel`. */
  label?: string;
  showLabel?: boolean;
  className?: string;
};

/** Over plain HTTP from another machine there is no navigator.clipboard; the old way still is. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "fixed -top-full";
    // Inside an open dialog, or its focus trap takes the focus away.
    const place = document.activeElement?.closest("[role=dialog]") ?? document.body;
    place.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

export function CopyButton({ text, label, showLabel, className }: CopyButtonProps) {
  const { t } = useTranslation("common");
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1_600);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    if (await copyText(typeof text === "function" ? text() : text)) setCopied(true);
    else toast.error(t("copyFailed"));
  };
  const name = label ?? t("copy");
  const Icon = copied ? Check : Copy;
  return (
    <Button
      variant="ghost"
      size={showLabel ? "sm" : "icon"}
      className={cn(!showLabel && "size-7 text-muted-foreground", className)}
      aria-label={showLabel ? undefined : name}
      title={showLabel ? undefined : name}
      onClick={() => void copy()}
    >
      <Icon aria-hidden className={cn(copied && "text-good")} />
      {showLabel && name}
      <span role="status" className="sr-only">
        {copied ? t("copied") : ""}
      </span>
    </Button>
  );
}

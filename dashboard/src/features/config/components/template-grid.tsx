import { Cloud, Plus, Server } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type ProviderTemplate, TEMPLATES } from "../lib/templates";

interface TileProps {
  title: string;
  about: string;
  icon: typeof Cloud;
  onChoose: () => void;
}

function Tile({ title, about, icon: Icon, onChoose }: TileProps) {
  return (
    <li>
      <button type="button" onClick={onChoose} className="focus-ring flex h-full w-full items-start gap-3 rounded-xl border bg-card p-4 text-left shadow-soft hover:border-primary hover:bg-accent/50 dark:shadow-none">
        <Icon aria-hidden className="mt-0.5 size-4 shrink-0 text-primary" />
        <span className="grid min-w-0 gap-0.5">
          <span className="text-sm font-medium">{title}</span>
          <span className="truncate font-mono text-xs text-muted-foreground">{about}</span>
        </span>
      </button>
    </li>
  );
}

/** Where to begin: a known provider, a server of one's own, or any address. */
export function TemplateGrid({ onChoose }: { onChoose: (template: ProviderTemplate | undefined) => void }) {
  const { t } = useTranslation("config");
  return (
    <ul aria-label={t("first.step.provider")} className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3 xl:grid-cols-4">
      {TEMPLATES.map((template) => (
        <Tile key={template.id} title={template.title} about={new URL(template.baseUrl).host} icon={template.local ? Server : Cloud} onChoose={() => onChoose(template)} />
      ))}
      <Tile title={t("providers.other")} about={t("first.other")} icon={Plus} onChoose={() => onChoose(undefined)} />
    </ul>
  );
}

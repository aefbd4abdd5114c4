import { cn } from "@/lib/utils";

type ProviderTagProps = { provider: string; model: string; className?: string };

/** "azure/gpt-4": who answers, then what. A model that already begins with its provider is not said twice. */
export function ProviderTag({ provider, model, className }: ProviderTagProps) {
  const name = provider && model.startsWith(`${provider}/`) ? model.slice(provider.length + 1) : model;
  return (
    <span className={cn("inline-block max-w-full truncate align-bottom font-mono text-[0.8125rem]", className)} title={provider ? `${provider}/${name}` : name}>
      {provider && <span className="text-muted-foreground">{provider}/</span>}
      {name}
    </span>
  );
}

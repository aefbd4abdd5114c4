import { Bot, CircleX, CornerDownRight, FileText, type LucideIcon, Settings2, User, Wrench } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { JsonView } from "@/components/json-view";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/utils";
import type { Conversation, ErrorBody, Turn } from "../lib/conversation";
import { known } from "../lib/known";
import { PartView } from "./conversation-part";

const firstTurns = 40;

/** Messages as people read them. All of it is somebody's text and nothing else. */
export function ConversationView({ talk }: { talk: Conversation }) {
  const { t } = useTranslation("logs");
  const [all, setAll] = useState(false);
  // Of a long conversation the end says most.
  const hidden = all ? 0 : Math.max(0, talk.turns.length - firstTurns);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      {talk.tools.length > 0 && (
        <p className="flex flex-wrap items-center gap-1.5 text-xs text-muted-foreground">
          <Wrench aria-hidden className="size-3.5" />
          {t("talk.tools", { count: talk.tools.length })}
          {talk.tools.slice(0, 30).map((tool, index) => (
            <Badge key={`${index}-${tool}`} variant="outline" className="font-mono">
              {tool}
            </Badge>
          ))}
        </p>
      )}
      {hidden > 0 && (
        <Button variant="outline" size="sm" className="justify-self-center" onClick={() => setAll(true)}>
          {t("talk.earlier", { count: hidden })}
        </Button>
      )}
      <ol className="grid grid-cols-[minmax(0,1fr)] gap-3">
        {talk.turns.slice(hidden).map((turn, index) => (
          <TurnView key={hidden + index} turn={turn} />
        ))}
      </ol>
    </div>
  );
}

const roleIcons: Record<string, LucideIcon> = { user: User, assistant: Bot, tool: Wrench, function: Wrench, system: Settings2, developer: Settings2 };

function TurnView({ turn }: { turn: Turn }) {
  const { t } = useTranslation("logs");
  const Icon = roleIcons[turn.role] ?? FileText;
  const empty = turn.parts.length === 0 && turn.toolCalls.length === 0;
  return (
    <li className={cn("rounded-xl border p-3", turn.role === "user" ? "bg-accent/40" : "bg-card")}>
      <p className="mb-1.5 flex flex-wrap items-center gap-2 text-xs font-medium text-muted-foreground">
        <Icon aria-hidden className="size-3.5" />
        {known.roles.has(turn.role) ? t(`role.${turn.role}`) : turn.role}
        {turn.name !== "" && <span className="font-mono font-normal">{turn.name}</span>}
        {turn.toolCallId !== "" && <code className="truncate font-normal">{turn.toolCallId}</code>}
        {turn.note !== "" && (
          <Badge variant="outline" className="ml-auto font-mono" title={t("facts.finish")}>
            {turn.note}
          </Badge>
        )}
      </p>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-2">
        {turn.parts.map((part, index) => (
          <PartView key={index} part={part} />
        ))}
        {turn.toolCalls.map((call, index) => (
          <div key={`${index}-${call.id}`} className="grid gap-1.5 rounded-lg border border-dashed p-2">
            <p className="flex flex-wrap items-center gap-2 text-xs">
              <CornerDownRight aria-hidden className="size-3.5 text-muted-foreground" />
              {t("talk.calls")} <code className="font-semibold">{call.name}</code>
              <code className="ml-auto truncate text-muted-foreground">{call.id}</code>
            </p>
            {call.args !== "" && <JsonView text={call.args} label={t("talk.arguments", { name: call.name })} />}
          </div>
        ))}
        {empty && <p className="text-sm text-muted-foreground italic">{t("talk.empty")}</p>}
      </div>
    </li>
  );
}

export function ErrorBodyView({ error }: { error: ErrorBody }) {
  const { t } = useTranslation("logs");
  return (
    <div className="rounded-xl border border-bad/30 bg-bad-soft p-3 text-sm">
      <p className="flex items-center gap-2 font-medium text-bad">
        <CircleX aria-hidden className="size-4" />
        {t("talk.error")}
        {[error.type, error.code].filter(Boolean).map((word) => (
          <code key={word} className="text-xs font-normal">
            {word}
          </code>
        ))}
      </p>
      <p className="mt-1 bidi-plain wrap-anywhere whitespace-pre-wrap">{error.message}</p>
    </div>
  );
}

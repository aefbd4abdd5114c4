import { Pencil } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Textarea } from "@/components/ui/textarea";
import { cn } from "@/lib/utils";
import type { Talk } from "../data/use-conversation";
import { isRunning } from "../lib/answer";
import { columnsOf, type Exchange } from "../lib/conversation";
import { AnswerCard } from "./answer-card";
import { Comparison } from "./comparison";
import { ImageStrip } from "./image-strip";

interface ExchangeViewProps {
  exchange: Exchange;
  talk: Talk;
  last: boolean;
  mayAsk: boolean;
}

function Question({ exchange, talk, mayAsk }: Omit<ExchangeViewProps, "last">) {
  const { t } = useTranslation("playground");
  const { user } = exchange;
  const [text, setText] = useState<string>();
  if (text !== undefined) {
    const ask = () => {
      setText(undefined);
      talk.askAgain(exchange.id, { ...user, text });
    };
    return (
      <div className="grid gap-2 rounded-xl border bg-card p-3">
        <Textarea aria-label={t("question.edit")} className="max-h-72" value={text} onChange={(event) => setText(event.target.value)} />
        <div className="flex flex-wrap justify-end gap-2">
          <Button variant="ghost" size="sm" onClick={() => setText(undefined)}>
            {t("question.cancel")}
          </Button>
          <Button size="sm" disabled={text.trim() === "" && user.images.length === 0} onClick={ask}>
            {t("question.askAgain")}
          </Button>
        </div>
      </div>
    );
  }
  return (
    <div className="flex items-start justify-end gap-1">
      {mayAsk && (
        <Button variant="ghost" size="icon" className="size-7 text-muted-foreground" aria-label={t("question.edit")} title={t("question.edit")} disabled={talk.running} onClick={() => setText(user.text)}>
          <Pencil aria-hidden />
        </Button>
      )}
      <div className="grid max-w-[85%] gap-2 rounded-xl rounded-tr-sm bg-accent px-4 py-2.5 text-sm leading-6 text-accent-foreground">
        <ImageStrip images={user.images} />
        {user.text !== "" && <p className="max-h-96 overflow-y-auto bidi-plain wrap-anywhere whitespace-pre-wrap">{user.text}</p>}
      </div>
    </div>
  );
}

export function ExchangeView({ exchange, talk, last, mayAsk }: ExchangeViewProps) {
  const { settings } = talk.conversation;
  const columns = columnsOf(settings).filter((column) => column < 1 || exchange.answers[1] || last);
  const [first, second] = exchange.answers;
  const both = columns.length > 1 && first && second && !isRunning(first) && !isRunning(second) && first.status === "done" && second.status === "done";
  return (
    <li className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <Question exchange={exchange} talk={talk} mayAsk={mayAsk} />
      <div className={cn("grid items-start gap-3", columns.length > 1 && "md:grid-cols-2")}>
        {columns.map((column) => {
          const answer = exchange.answers[column];
          return answer ? <AnswerCard key={column} answer={answer} onRegenerate={last && mayAsk ? () => talk.regenerate(exchange.id, column) : undefined} /> : null;
        })}
      </div>
      {both && <Comparison first={first} second={second} />}
    </li>
  );
}

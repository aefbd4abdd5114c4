import { Link } from "@tanstack/react-router";
import { ChevronRight, ScrollText } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Table, TableBody, TableCell, TableHead, TableRow } from "@/components/ui/table";
import { useRouteReason } from "@/hooks/use-route-reason";
import { type Answer, headerOf } from "../lib/answer";

interface AnswerDetailsProps {
  answer: Answer;
  recordId?: string;
  /** As the record has it, when it has come. */
  reason?: string;
}

/** Why it went there, all that the gateway's headers said, and the way to the record. */
export function AnswerDetails({ answer, recordId, reason }: AnswerDetailsProps) {
  const { t } = useTranslation("playground");
  const words = useRouteReason();
  const why = reason || headerOf(answer, "x-smartroute-tier-reason");
  return (
    <div className="grid gap-2 text-sm">
      {why && (
        <p className="break-words">
          <span className="text-muted-foreground">{t("answer.why")} </span>
          {words(why)}
        </p>
      )}
      <div className="flex flex-wrap items-start justify-between gap-2">
        {answer.headers.length > 0 && (
          <details className="group min-w-0 flex-1">
            <summary className="focus-ring flex w-fit items-center gap-1 rounded text-xs text-muted-foreground hover:text-foreground">
              <ChevronRight aria-hidden className="size-3.5 transition-transform group-open:rotate-90" />
              {t("answer.headers", { count: answer.headers.length })}
            </summary>
            <Table label={t("answer.headersTable")} className="mt-2 text-xs">
              <TableBody>
                {answer.headers.map(([name, value]) => (
                  <TableRow key={name}>
                    <TableHead scope="row" className="h-7 px-2 font-mono font-normal">
                      {name}
                    </TableHead>
                    <TableCell className="px-2 py-1 font-mono break-all">{value}</TableCell>
                  </TableRow>
                ))}
              </TableBody>
            </Table>
          </details>
        )}
        {recordId && (
          <Link to="/logs" search={{ record: recordId } as never} className="focus-ring inline-flex items-center gap-1 rounded text-xs text-primary hover:underline">
            <ScrollText aria-hidden className="size-3.5" />
            {t("answer.record")}
          </Link>
        )}
      </div>
    </div>
  );
}

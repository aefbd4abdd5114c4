import { Link } from "@tanstack/react-router";
import { ArrowRight, Equal, ScrollText } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/components/empty-state";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { useRouteReason } from "@/hooks/use-route-reason";
import type { Move, ReplayView } from "../lib/replay-view";
import { ModelName, TierName } from "./name-of";

function MoveRow({ move }: { move: Move }) {
  const { t } = useTranslation("what-if");
  const words = useRouteReason();
  const isTierMoved = move.tierBefore !== move.tierAfter;
  return (
    <TableRow>
      <TableCell className="max-w-xs min-w-48">
        <p className="line-clamp-2 bidi-plain break-words" title={move.ask}>
          {move.ask || <span className="text-muted-foreground">{t("moves.noText")}</span>}
        </p>
      </TableCell>
      <TableCell className="max-w-64 min-w-44">
        <span className="flex flex-wrap items-center gap-1">
          {isTierMoved && (
            <>
              <TierName name={move.tierBefore} />
              <ArrowRight role="img" aria-label={t("moves.to")} className="size-3.5 text-muted-foreground" />
            </>
          )}
          <TierName name={move.tierAfter} />
        </span>
        {move.modelBefore !== move.modelAfter && (
          <span className="mt-1 grid text-muted-foreground">
            <span className="line-through decoration-muted-foreground/50">
              <ModelName name={move.modelBefore} />
            </span>
            <ModelName name={move.modelAfter} />
          </span>
        )}
      </TableCell>
      <TableCell className="min-w-44 break-words text-muted-foreground">{words(move.reason)}</TableCell>
      <TableCell className="text-right">
        <Link to="/logs" search={{ req: move.requestId, range: "30d" } as never} className="focus-ring inline-flex rounded p-1 text-primary hover:bg-accent" aria-label={t("moves.log", { id: move.requestId })} title={t("moves.log", { id: move.requestId })}>
          <ScrollText aria-hidden className="size-4" />
        </Link>
      </TableCell>
    </TableRow>
  );
}

const fewMoves = 10;

/** Examples of requests that would go elsewhere. */
export function MovesTable({ view }: { view: ReplayView }) {
  const { t } = useTranslation("what-if");
  const [all, setAll] = useState(false);
  const shown = all ? view.moves : view.moves.slice(0, fewMoves);
  return (
    <Card>
      <CardHeader>
        <CardTitle>{t("moves.title")}</CardTitle>
        {view.moves.length > 0 && <CardDescription>{t("moves.shown", { count: view.moves.length })}</CardDescription>}
      </CardHeader>
      <CardContent>
        {view.moves.length === 0 ? (
          <EmptyState icon={Equal} title={t("moves.none")} description={t("moves.noneHint")} />
        ) : (
          <Table label={t("moves.title")} className="text-[0.8125rem]">
            <TableHeader>
              <TableRow className="hover:bg-transparent">
                <TableHead>{t("moves.ask")}</TableHead>
                <TableHead>{t("moves.route")}</TableHead>
                <TableHead>{t("moves.reason")}</TableHead>
                <TableHead>
                  <span className="sr-only">{t("moves.record")}</span>
                </TableHead>
              </TableRow>
            </TableHeader>
            <TableBody>
              {shown.map((move, index) => (
                // oxlint-disable-next-line react/no-array-index-key -- request ids are the callers' and may repeat
                <MoveRow key={`${move.requestId} ${index}`} move={move} />
              ))}
            </TableBody>
          </Table>
        )}
        {shown.length < view.moves.length && (
          <Button variant="outline" size="sm" className="mt-3" onClick={() => setAll(true)}>
            {t("moves.all", { count: view.moves.length })}
          </Button>
        )}
      </CardContent>
    </Card>
  );
}

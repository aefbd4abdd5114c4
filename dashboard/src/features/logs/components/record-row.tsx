import type { Column } from "@tanstack/react-table";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { StatusBadge } from "@/components/status-badge";
import { TierBadge } from "@/components/tier-badge";
import { Unit } from "@/components/unit";
import type { RequestRecord } from "@/gen/smartroute/v1/telemetry_pb";
import { useFormat } from "@/hooks/use-format";
import { cn } from "@/lib/utils";
import type { ColumnId } from "../lib/columns";
import { durationOf, outcomeOf } from "../lib/measures";
import { ModelCell, PreviewCell, RecordCell, TimeCell } from "./record-cells";
import { TokenPair } from "./token-source";
import { cellStyle, isNumber } from "./table-header";

type RecordRowProps = {
  id: string;
  record: RequestRecord;
  /** Undefined: the row is a card. */
  columns: Column<RequestRecord>[] | undefined;
  place: { index: number; top: number; height: number; width: number | undefined };
  state: { active: boolean; open: boolean };
  onOpen: (recordId: string) => void;
};

/** One record. Keys are the grid's matter. */
function Row({ id, record, columns, place, state, onOpen }: RecordRowProps) {
  const edge = outcomeOf(record) === "failed" ? "before:bg-bad" : "before:bg-transparent";
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- the grid has the focus and the keys
    <div
      id={id}
      role="row"
      aria-rowindex={place.index + (columns ? 2 : 1)}
      aria-selected={state.open}
      onClick={() => onOpen(record.recordId)}
      className={cn(
        "absolute inset-x-0 flex cursor-pointer border-b border-border/60 before:absolute before:inset-y-0 before:left-0 before:w-0.5 hover:bg-accent/50",
        edge,
        state.open && "bg-accent",
        state.active && "group-focus-visible/grid:outline-2 group-focus-visible/grid:-outline-offset-2 group-focus-visible/grid:outline-ring",
      )}
      style={{ top: place.top, height: place.height }}
    >
      {columns ? (
        columns.map((column) => (
          <div
            key={column.id}
            role="gridcell"
            className={cn("flex min-w-0 items-center overflow-hidden px-2.5", isNumber(column.id) && "justify-end")}
            style={cellStyle(column)}
          >
            <RecordCell id={column.id as ColumnId} record={record} />
          </div>
        ))
      ) : (
        <CardCell record={record} />
      )}
    </div>
  );
}

function CardCell({ record }: { record: RequestRecord }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const took = durationOf(record);
  return (
    <div role="gridcell" className="flex min-w-0 flex-1 flex-col justify-center gap-1 px-3">
      <div className="flex items-center gap-2">
        <StatusBadge status={record.status} ending={record.ending} />
        {record.endpoint === "chat_completions" && <TierBadge tier={record.tier} />}
        <span className="ml-auto text-xs text-muted-foreground">
          <TimeCell record={record} />
        </span>
      </div>
      <div className="flex min-w-0">
        <PreviewCell record={record} />
      </div>
      <div className="flex min-w-0 items-center gap-3 text-xs text-muted-foreground">
        <span className="min-w-0 flex-1 truncate">
          <ModelCell record={record} />
        </span>
        <TokenPair record={record} />
        {took !== undefined && (
          <span title={t("column.duration")}>
            <Unit value={format.duration(took)} />
          </span>
        )}
      </div>
    </div>
  );
}

export const RecordRow = memo(
  Row,
  (a, b) =>
    a.record === b.record &&
    a.columns === b.columns &&
    a.place.index === b.place.index &&
    a.place.top === b.place.top &&
    a.place.height === b.place.height &&
    a.place.width === b.place.width &&
    a.state.active === b.state.active &&
    a.state.open === b.state.open,
);

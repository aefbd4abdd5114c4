import type { Column, Header, Table } from "@tanstack/react-table";
import type { KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import type { RequestRecord } from "@/gen/smartroute/v1/telemetry_pb";
import { cn } from "@/lib/utils";
import { defaultWidths, maxWidth, minWidth } from "../lib/columns";

const atEnd = new Set(["tokens", "cost", "duration", "firstByte", "speed", "retries"]);
export const isNumber = (columnId: string) => atEnd.has(columnId);

/** Where a cell stands; what is asked takes the room that is left. */
export function cellStyle(column: Column<RequestRecord>) {
  const size = column.getSize();
  return { flex: `${column.id === "preview" ? 1 : 0} 0 ${size}px`, minWidth: size };
}

type TableHeaderProps = { table: Table<RequestRecord>; width: number | undefined };

export function TableHeader({ table, width }: TableHeaderProps) {
  const { t } = useTranslation("logs");
  return (
    <div role="rowgroup" className="sticky top-0 z-10 border-b bg-muted" style={{ minWidth: width }}>
      {table.getHeaderGroups().map((group) => (
        <div key={group.id} role="row" aria-rowindex={1} className="flex h-9">
          {group.headers.map((header) => (
            <div
              key={header.id}
              role="columnheader"
              className={cn("relative flex items-center px-2.5 text-xs font-medium text-muted-foreground", isNumber(header.id) && "justify-end")}
              style={cellStyle(header.column)}
            >
              <span className="truncate">{t(`column.${header.id}`)}</span>
              <ResizeHandle header={header} table={table} />
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}

type ResizeHandleProps = { header: Header<RequestRecord, unknown>; table: Table<RequestRecord> };

function ResizeHandle({ header, table }: ResizeHandleProps) {
  const { t } = useTranslation("logs");
  const { column } = header;
  const start = header.getResizeHandler();
  const set = (width: number) =>
    table.setColumnSizing((before) => ({ ...before, [column.id]: Math.min(maxWidth, Math.max(minWidth, width)) }));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    set(column.getSize() + (event.key === "ArrowRight" ? 16 : -16));
  };
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- a separator that can be moved
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={t("resize", { column: t(`column.${column.id}`) })}
      aria-valuenow={column.getSize()}
      aria-valuemin={minWidth}
      aria-valuemax={maxWidth}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- likewise
      tabIndex={0}
      onMouseDown={start}
      onTouchStart={start}
      onDoubleClick={() => set(defaultWidths[column.id as keyof typeof defaultWidths])}
      onKeyDown={onKeyDown}
      className={cn(
        "focus-ring absolute inset-y-1 right-0 w-1.5 cursor-col-resize touch-none rounded border-r border-border hover:border-primary hover:bg-primary/20 focus-visible:bg-primary/30",
        column.getIsResizing() && "border-primary bg-primary/30",
      )}
    />
  );
}

import { type ColumnDef, getCoreRowModel, useReactTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, type RefObject, useEffect, useId, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { RequestRecord } from "@/gen/smartroute/v1/telemetry_pb";
import type { Columns } from "../data/use-columns";
import { useGridKeys } from "../data/use-grid-keys";
import { columnIds, defaultWidths, maxWidth, minWidth } from "../lib/columns";
import { RecordRow } from "./record-row";
import { TableHeader } from "./table-header";

const rowHeight = 38;
const cardHeight = 84;
const nearEnd = 30;
const definitions: ColumnDef<RequestRecord>[] = columnIds.map((id) => ({ id, size: defaultWidths[id], minSize: minWidth, maxSize: maxWidth }));
const rowModel = getCoreRowModel<RequestRecord>();

export type TableWatch = { onScrolledAway: (away: boolean) => void; onPointing: (pointing: boolean) => void };
type RecordsTableProps = {
  rows: readonly RequestRecord[];
  columns: Columns;
  cards: boolean;
  openId: string | undefined;
  onOpen: (recordId: string) => void;
  watch: TableWatch;
  end: { more: () => void; row: ReactNode; scroller: RefObject<HTMLDivElement | null> };
};

/** Only the rows in sight exist. The grid is one stop for the keyboard; arrows, j and k move in it. */
export function RecordsTable({ rows, columns, cards, openId, onOpen, watch, end }: RecordsTableProps) {
  const { t } = useTranslation("logs");
  const gridId = useId();
  const scroller = end.scroller;
  const visibility = useMemo(() => Object.fromEntries(columns.hidden.map((id) => [id, false])), [columns.hidden]);
  // oxlint-disable-next-line react/incompatible-library -- nothing here is memoised by a compiler
  const table = useReactTable({
    data: rows as RequestRecord[],
    columns: definitions,
    getCoreRowModel: rowModel,
    getRowId: ({ recordId }) => recordId,
    columnResizeMode: "onChange",
    state: { columnVisibility: visibility, columnSizing: columns.widths },
    onColumnSizingChange: (change) => columns.setWidths(typeof change === "function" ? change(columns.widths) : change),
  });
  const height = cards ? cardHeight : rowHeight;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 12,
    scrollPaddingStart: cards ? 0 : rowHeight,
    getItemKey: (index) => rows[index]?.recordId ?? index,
  });
  useEffect(() => virtual.measure(), [virtual, height]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const asked = useRef(-1);
  useEffect(() => {
    // Once for each end there is: whoever stands there is not asked again and again.
    if (rows.length > 0 && last >= rows.length - nearEnd && asked.current !== rows.length) {
      asked.current = rows.length;
      end.more();
    }
  }, [last, rows.length, end]);
  const { active, onKeyDown, setActive } = useGridKeys(rows, openId, onOpen, (index) => virtual.scrollToIndex(index));
  const visible = table.getVisibleLeafColumns();
  const width = cards ? undefined : table.getTotalSize();
  return (
    <div
      ref={scroller}
      onScroll={({ currentTarget }) => watch.onScrolledAway(currentTarget.scrollTop > rowHeight)}
      onPointerEnter={({ pointerType }) => pointerType === "mouse" && watch.onPointing(true)}
      onPointerLeave={() => watch.onPointing(false)}
      className="relative min-h-0 flex-1 overflow-auto rounded-xl border bg-card text-[0.8125rem] has-[[role=grid]:focus-visible]:outline-2 has-[[role=grid]:focus-visible]:outline-offset-2 has-[[role=grid]:focus-visible]:outline-ring"
    >
      {/* oxlint-disable-next-line jsx-a11y/interactive-supports-focus -- it has its tabIndex */}
      <div
        role="grid"
        aria-label={t("table")}
        aria-rowcount={rows.length + (cards ? 0 : 1)}
        aria-activedescendant={active === undefined ? undefined : `${gridId}-${active}`}
        tabIndex={0}
        onKeyDown={onKeyDown}
        className="group/grid outline-none"
      >
        {!cards && <TableHeader table={table} width={width} />}
        <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize(), minWidth: width }}>
          {items.map((item) => {
            const record = rows[item.index];
            if (!record) return null;
            return (
              <RecordRow
                key={item.key}
                id={`${gridId}-${record.recordId}`}
                record={record}
                columns={cards ? undefined : visible}
                place={{ index: item.index, top: item.start, height, width }}
                state={{ active: active === record.recordId, open: openId === record.recordId }}
                onOpen={(recordId) => {
                  setActive(recordId);
                  onOpen(recordId);
                }}
              />
            );
          })}
        </div>
      </div>
      {end.row}
    </div>
  );
}

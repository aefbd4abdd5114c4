import {
  type ColumnDef,
  flexRender,
  getCoreRowModel,
  getSortedRowModel,
  type Header,
  type RowData,
  type SortingState,
  useReactTable,
} from "@tanstack/react-table";
import { ArrowDown, ArrowUp, ChevronsUpDown } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { cn } from "@/lib/utils";

declare module "@tanstack/react-table" {
  // oxlint-disable-next-line no-unused-vars -- the names must be those of the declaration that this merges with
  interface ColumnMeta<TData extends RowData, TValue> {
    /** Numbers stand to the right, with digits of one width. */
    align?: "left" | "right";
    className?: string;
  }
}

export type { ColumnDef } from "@tanstack/react-table";

type DataTableProps<T> = {
  // oxlint-disable-next-line typescript/no-explicit-any -- columns of one table have values of different types
  columns: ColumnDef<T, any>[];
  data: readonly T[];
  rowId: (row: T) => string;
  /** Names the table. */
  label: string;
  initialSorting?: SortingState;
  /** Instead of rows, when there are none. */
  empty?: ReactNode;
  className?: string;
};

const ends = (align: "left" | "right" | undefined) => (align === "right" ? "text-right tabular-nums" : undefined);

/** A table of a few hundred rows at most, sorted here. Longer ones want a virtual list. */
export function DataTable<T>({ columns, data, rowId, label, initialSorting = [], empty, className }: DataTableProps<T>) {
  const [sorting, setSorting] = useState<SortingState>(initialSorting);
  const table = useReactTable({
    data: data as T[],
    columns,
    state: { sorting },
    onSortingChange: setSorting,
    getRowId: rowId,
    getCoreRowModel: getCoreRowModel(),
    getSortedRowModel: getSortedRowModel(),
  });
  if (data.length === 0 && empty !== undefined) return <>{empty}</>;
  return (
    <Table label={label} className={className}>
      <TableHeader>
        {table.getHeaderGroups().map((group) => (
          <TableRow key={group.id} className="hover:bg-transparent">
            {group.headers.map((header) => (
              <HeaderCell key={header.id} header={header} />
            ))}
          </TableRow>
        ))}
      </TableHeader>
      <TableBody>
        {table.getRowModel().rows.map((row) => (
          <TableRow key={row.id}>
            {row.getVisibleCells().map((cell) => {
              const { meta } = cell.column.columnDef;
              return (
                <TableCell key={cell.id} className={cn(ends(meta?.align), meta?.className)}>
                  {flexRender(cell.column.columnDef.cell, cell.getContext())}
                </TableCell>
              );
            })}
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

function HeaderCell<T>({ header }: { header: Header<T, unknown> }) {
  const { column } = header;
  const { meta } = column.columnDef;
  const sorted = column.getIsSorted();
  const content = header.isPlaceholder ? null : flexRender(column.columnDef.header, header.getContext());
  const Icon = sorted === "asc" ? ArrowUp : sorted === "desc" ? ArrowDown : ChevronsUpDown;
  return (
    <TableHead
      className={cn(ends(meta?.align), meta?.className)}
      aria-sort={sorted === "asc" ? "ascending" : sorted === "desc" ? "descending" : undefined}
    >
      {column.getCanSort() && !header.isPlaceholder ? (
        <button
          type="button"
          className="focus-ring -mx-1 inline-flex items-center gap-1 rounded px-1 hover:text-foreground"
          onClick={column.getToggleSortingHandler()}
        >
          {content}
          <Icon aria-hidden className={cn("size-3.5", !sorted && "opacity-50")} />
        </button>
      ) : (
        content
      )}
    </TableHead>
  );
}

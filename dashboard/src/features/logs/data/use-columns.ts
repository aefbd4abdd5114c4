import { useCallback, useState } from "react";
import { type ColumnId, type ColumnPreferences, defaultColumns, loadColumns, saveColumns } from "../lib/columns";

export type Columns = ColumnPreferences & {
  setHidden: (id: ColumnId, hidden: boolean) => void;
  setWidths: (widths: ColumnPreferences["widths"]) => void;
  reset: () => void;
};

/** Columns as this browser remembers them. */
export function useColumns(): Columns {
  const [columns, setColumns] = useState(loadColumns);
  const keep = useCallback((change: (before: ColumnPreferences) => ColumnPreferences) => {
    setColumns((before) => {
      const next = change(before);
      saveColumns(next);
      return next;
    });
  }, []);
  const setHidden = useCallback(
    (id: ColumnId, hidden: boolean) =>
      keep((before) => ({ ...before, hidden: hidden ? [...before.hidden, id] : before.hidden.filter((one) => one !== id) })),
    [keep],
  );
  const setWidths = useCallback((widths: ColumnPreferences["widths"]) => keep((before) => ({ ...before, widths })), [keep]);
  const reset = useCallback(() => keep(() => defaultColumns), [keep]);
  return { ...columns, setHidden, setWidths, reset };
}

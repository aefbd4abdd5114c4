import { lazy, type ReactNode, Suspense, useState } from "react";

export type ConfirmDialogProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Names the thing: "Delete provider azure?" */
  title: ReactNode;
  description: ReactNode;
  /** The verb: "Delete". */
  action: string;
  onConfirm: () => void;
  pending?: boolean;
  destructive?: boolean;
};

const Body = lazy(() => import("./confirm-dialog-body").then((file) => ({ default: file.ConfirmDialogBody })));

/** Asks before what cannot be undone. It stays open while `pending`; closing after success is the caller's. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  // Its code comes when it is first opened; from then on it stays, so that it can close as it wants.
  const [wanted, setWanted] = useState(props.open);
  if (props.open && !wanted) setWanted(true);
  if (!wanted) return null;
  return (
    <Suspense fallback={null}>
      <Body {...props} />
    </Suspense>
  );
}

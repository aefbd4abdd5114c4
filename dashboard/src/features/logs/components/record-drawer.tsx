import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useRef } from "react";
import { useTranslation } from "react-i18next";
import { ErrorState } from "@/components/error-state";
import { Sheet, SheetContent, SheetDescription, SheetTitle } from "@/components/ui/sheet";
import { Skeleton } from "@/components/ui/skeleton";
import { ApiError } from "@/lib/api";
import { recordQuery } from "../data/queries";
import { RecordDetail } from "./record-detail";

export type Steps = { previous: (() => void) | undefined; next: (() => void) | undefined };
type RecordDrawerProps = { recordId: string | undefined; steps: Steps; onClose: () => void; onFilter: (change: Record<string, string>) => void };

/** One record, over the list. Arrows up and down, or k and j, go to its neighbours. */
export function RecordDrawer({ recordId, steps, onClose, onFilter }: RecordDrawerProps) {
  const { t } = useTranslation("logs");
  const top = useRef<HTMLDivElement>(null);
  const before = useRef<Element>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const scrolls = event.target instanceof Element && event.target.closest("section[tabindex]");
    const down = event.key === "j" || (event.key === "ArrowDown" && !scrolls);
    const up = event.key === "k" || (event.key === "ArrowUp" && !scrolls);
    if (!down && !up) return;
    event.preventDefault();
    (down ? steps.next : steps.previous)?.();
  };
  return (
    <Sheet open={recordId !== undefined} onOpenChange={(open) => !open && onClose()}>
      <SheetContent
        ref={top}
        tabIndex={-1}
        className="w-full sm:max-w-2xl lg:max-w-4xl"
        onKeyDown={onKeyDown}
        onOpenAutoFocus={(event) => {
          event.preventDefault();
          before.current = document.activeElement;
          top.current?.focus();
        }}
        onCloseAutoFocus={(event) => {
          event.preventDefault();
          if (before.current instanceof HTMLElement) before.current.focus();
        }}
      >
        <SheetDescription className="sr-only">{t("drawerHint")}</SheetDescription>
        {recordId !== undefined && <Loaded recordId={recordId} steps={steps} onFilter={onFilter} />}
      </SheetContent>
    </Sheet>
  );
}

const isTyping = (target: EventTarget) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.getAttribute("role") === "tab");

type LoadedProps = { recordId: string; steps: Steps; onFilter: RecordDrawerProps["onFilter"] };

function Loaded({ recordId, steps, onFilter }: LoadedProps) {
  const { t } = useTranslation("logs");
  const { data, error, refetch } = useQuery(recordQuery(recordId));
  if (data?.record) return <RecordDetail record={data.record} bodiesKept={data.bodiesKept} steps={steps} onFilter={onFilter} />;
  const gone = error instanceof ApiError && (error.code === "not_found" || error.code === "invalid_argument");
  return (
    <div className="grid gap-4 p-4 pt-12">
      <SheetTitle className="sr-only">{t("record")}</SheetTitle>
      {error || data ? (
        <ErrorState
          error={error}
          {...(gone ? { title: t("recordGone") } : {})}
          onRetry={gone ? undefined : () => void refetch()}
        />
      ) : (
        <div aria-busy className="grid gap-4">
          <Skeleton className="h-6 w-64" />
          <Skeleton className="h-9 w-full" />
          <Skeleton className="h-40 w-full" />
          <Skeleton className="h-40 w-full" />
          <Skeleton className="h-56 w-full" />
        </div>
      )}
    </div>
  );
}

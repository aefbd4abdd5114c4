import { CircleCheck, CircleX, Info, X } from "lucide-react";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/utils";

type Kind = "success" | "error" | "info";
type Message = { id: number; kind: Kind; text: string };

const stayMs: Record<Kind, number> = { success: 5_000, info: 6_000, error: 12_000 };
const mostAtOnce = 4;

let messages: readonly Message[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function become(next: readonly Message[]): void {
  messages = next;
  for (const listener of listeners) listener();
}
function show(kind: Kind, text: string): void {
  // The same again only starts its time anew.
  const others = messages.filter((message) => message.kind !== kind || message.text !== text);
  become([...others, { id: ++lastId, kind, text }].slice(-mostAtOnce));
}
function dismiss(id: number): void {
  become(messages.filter((message) => message.id !== id));
}

export const toast = {
  success: (text: string) => show("success", text),
  error: (text: string) => show("error", text),
  info: (text: string) => show("info", text),
  dismissAll: () => become([]),
};

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

const icons = { success: CircleCheck, error: CircleX, info: Info };
const tones: Record<Kind, string> = { success: "text-good", error: "text-bad", info: "text-info" };

function ToastItem({ message }: { message: Message }) {
  const { t } = useTranslation("common");
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => dismiss(message.id), stayMs[message.kind]);
    return () => clearTimeout(timer);
  }, [held, message]);
  const Icon = icons[message.kind];
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- whoever reads it holds it
    <li
      className="pointer-events-auto flex items-start gap-3 rounded-lg border bg-popover p-3 text-sm text-popover-foreground shadow-lg animate-in fade-in slide-in-from-bottom-2"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <Icon aria-hidden className={cn("mt-0.5 size-4 shrink-0", tones[message.kind])} />
      <span className="min-w-0 flex-1 break-words whitespace-pre-line">{message.text}</span>
      <button
        type="button"
        onClick={() => dismiss(message.id)}
        className="focus-ring -m-1 rounded p-1 text-muted-foreground hover:text-foreground"
        aria-label={t("dismiss")}
      >
        <X aria-hidden className="size-4" />
      </button>
    </li>
  );
}

/** Shows what `toast` says; once, at the root. Both regions exist from the start, so that screen readers hear what comes into them. */
export function Toaster() {
  const { t } = useTranslation("common");
  const all = useSyncExternalStore(subscribe, () => messages);
  return (
    <section
      aria-label={t("notifications")}
      className="pointer-events-none fixed inset-x-4 bottom-4 z-[100] flex flex-col gap-2 sm:left-auto sm:w-96"
    >
      <ul aria-live="polite" aria-relevant="additions" className="flex flex-col gap-2">
        {all
          .filter((message) => message.kind !== "error")
          .map((message) => (
            <ToastItem key={message.id} message={message} />
          ))}
      </ul>
      <ul aria-live="assertive" aria-relevant="additions" className="flex flex-col gap-2">
        {all
          .filter((message) => message.kind === "error")
          .map((message) => (
            <ToastItem key={message.id} message={message} />
          ))}
      </ul>
    </section>
  );
}

import { ImagePlus, Send, Square } from "lucide-react";
import { type ClipboardEvent, type FormEvent, type KeyboardEvent, type ReactNode, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Textarea } from "@/components/ui/textarea";
import { toast } from "@/components/ui/toast";
import type { UserMessage } from "../lib/conversation";
import { pictureProblem, readPicture } from "../lib/pictures";
import { ImageStrip } from "./image-strip";

interface ComposerProps {
  draft: UserMessage;
  onDraft: (draft: UserMessage) => void;
  onSend: () => void;
  onStop: () => void;
  running: boolean;
  /** Why nothing can be sent; undefined: it can. */
  blocked?: string;
  /** Other things to do with the question. */
  actions?: ReactNode;
}

export function Composer({ draft, onDraft, onSend, onStop, running, blocked, actions }: ComposerProps) {
  const { t } = useTranslation("playground");
  const file = useRef<HTMLInputElement>(null);
  const ready = blocked === undefined && !running;

  const addPictures = async (files: File[]) => {
    const read: string[] = [];
    for (const one of files) {
      const problem = pictureProblem(one);
      if (problem) toast.error(t(`image.${problem}`, { name: one.name }));
      else read.push(await readPicture(one));
    }
    if (read.length > 0) onDraft({ ...draft, images: [...draft.images, ...read] });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) onSend();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    if (ready) onSend();
  };
  const onPaste = (event: ClipboardEvent) => {
    const pictures = [...event.clipboardData.files].filter((one) => one.type.startsWith("image/"));
    if (pictures.length === 0) return;
    event.preventDefault();
    void addPictures(pictures);
  };
  return (
    <form onSubmit={submit} className="grid gap-3 rounded-xl border bg-card p-3 shadow-soft" aria-label={t("composer.label")}>
      <ImageStrip images={draft.images} onRemove={(index) => onDraft({ ...draft, images: draft.images.filter((_, at) => at !== index) })} />
      <Textarea
        aria-label={t("composer.message")}
        placeholder={t("composer.placeholder")}
        className="max-h-60 min-h-16 resize-none border-0 bg-transparent px-1 py-1 shadow-none focus-visible:ring-0"
        value={draft.text}
        onChange={(event) => onDraft({ ...draft, text: event.target.value })}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
      />
      <div className="flex flex-wrap items-center gap-2">
        <input
          ref={file}
          type="file"
          accept="image/*"
          multiple
          className="sr-only"
          tabIndex={-1}
          aria-hidden
          onChange={(event) => {
            void addPictures([...(event.target.files ?? [])]);
            event.target.value = "";
          }}
        />
        <Button variant="ghost" size="icon" aria-label={t("composer.addImage")} title={t("composer.addImage")} onClick={() => file.current?.click()}>
          <ImagePlus aria-hidden />
        </Button>
        {actions}
        <span className="ml-auto min-w-0 text-right text-xs text-muted-foreground" role="status">
          {blocked}
        </span>
        {running ? (
          <Button variant="destructive" className="max-sm:ml-auto" onClick={onStop}>
            <Square aria-hidden className="fill-current" />
            {t("composer.stop")}
          </Button>
        ) : (
          <Button type="submit" className="max-sm:ml-auto" disabled={!ready}>
            <Send aria-hidden />
            {t("composer.send")}
          </Button>
        )}
      </div>
    </form>
  );
}

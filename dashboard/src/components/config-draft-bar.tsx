import { Link } from "@tanstack/react-router";
import { CircleX, LoaderCircle, PencilLine, TriangleAlert, Users } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { ApiError, type ApiProblem } from "@/lib/api";
import { useSession } from "@/hooks/use-session";
import { useConfigDraft } from "@/lib/config-draft";
import { errorText } from "@/lib/error-text";
import { sectionOfPath } from "@/lib/config-draft-sections";
import { ConfirmDialog } from "./confirm-dialog";
import { Applying } from "./config-draft/applying";
import { ConflictDialog } from "./config-draft/conflict-dialog";
import { ReviewDialog } from "./config-draft/review-dialog";

function ProblemList({ problems }: { problems: readonly ApiProblem[] }) {
  const { t } = useTranslation("config");
  const errors = problems.filter((problem) => problem.severity === "error");
  const kind = errors.length > 0 ? "errors" : "warnings";
  const Icon = errors.length > 0 ? CircleX : TriangleAlert;
  const sorted = [...errors, ...problems.filter((problem) => problem.severity === "warning")];
  const [open, setOpen] = useState(false);
  const jumped = useRef(false);
  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        <Button variant="ghost" size="sm" className={errors.length > 0 ? "text-bad" : "text-warn"}>
          <Icon aria-hidden />
          {t(kind, { count: errors.length > 0 ? errors.length : problems.length })}
        </Button>
      </PopoverTrigger>
      <PopoverContent side="top" align="start" className="max-h-[60vh] w-[26rem] overflow-y-auto p-2" onCloseAutoFocus={(event) => {
        // Whoever went to a field wants to be there, not back here.
        if (jumped.current) event.preventDefault();
        jumped.current = false;
      }}>
        <ul className="grid gap-1">
          {sorted.map((problem) => (
            <li key={problem.path + problem.message}>
              <Link
                to="/config/$section"
                params={{ section: sectionOfPath(problem.path) }}
                search={{ field: problem.path }}
                onClick={() => {
                  jumped.current = true;
                  setOpen(false);
                }}
                className="focus-ring flex items-start gap-2 rounded-md px-2 py-1.5 hover:bg-accent"
              >
                {problem.severity === "error" ? <CircleX aria-label={t("error")} className="mt-0.5 size-4 shrink-0 text-bad" /> : <TriangleAlert aria-label={t("warning")} className="mt-0.5 size-4 shrink-0 text-warn" />}
                <span className="min-w-0 text-sm break-words">
                  <span className="font-mono text-xs">{problem.path}</span> {problem.message}
                </span>
              </Link>
            </li>
          ))}
        </ul>
      </PopoverContent>
    </Popover>
  );
}

type Open = "none" | "review" | "conflict" | "discard";

function Unsaved() {
  const { t } = useTranslation("config");
  const { t: common } = useTranslation("common");
  const config = useConfigDraft();
  const [open, setOpen] = useState<Open>("none");
  const [saving, setSaving] = useState(false);
  const [failure, setFailure] = useState("");
  const close = () => {
    setOpen("none");
    setFailure("");
  };
  const save = async (note: string) => {
    setSaving(true);
    setFailure("");
    try {
      const outcome = await config.save(note);
      if (outcome.kind === "conflict") return setOpen("conflict");
      close();
    } catch (error) {
      setFailure(error instanceof ApiError ? errorText(error, common) : t("review.failed"));
    } finally {
      setSaving(false);
    }
  };
  const behind = config.newest !== config.revision;
  const errors = config.problems.some((problem) => problem.severity === "error");
  const { isAdmin } = useSession();
  const reason = !isAdmin ? t("bar.adminsSave") : errors ? t("bar.fixFirst") : undefined;
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <PencilLine aria-hidden className="size-4 shrink-0 text-primary" />
        <p className="text-sm font-medium">{t("bar.unsaved", { count: config.changes.length })}</p>
        {config.checking && <LoaderCircle aria-label={t("bar.checking")} className="size-4 animate-spin text-muted-foreground" />}
        {config.problems.length > 0 && <ProblemList problems={config.problems} />}
        {!isAdmin && <p className="text-sm text-muted-foreground">{t("bar.adminsSave")}</p>}
        {behind && (
          <Button variant="ghost" size="sm" className="text-warn" onClick={() => setOpen("conflict")}>
            <Users aria-hidden />
            {t("bar.behind")}
          </Button>
        )}
        <span className="ml-auto flex items-center gap-2">
          <Button variant="ghost" size="sm" onClick={() => setOpen("discard")}>
            {t("bar.discard")}
          </Button>
          <Button size="sm" disabled={reason !== undefined} title={reason} onClick={() => setOpen(behind ? "conflict" : "review")}>
            {t("bar.review")}
          </Button>
        </span>
      </div>
      {open === "review" && <ReviewDialog saving={saving} failure={failure} onSave={(note) => void save(note)} onClose={close} />}
      {open === "conflict" && <ConflictDialog onClose={close} />}
      <ConfirmDialog
        open={open === "discard"}
        onOpenChange={(next) => !next && close()}
        title={t("bar.discardTitle", { count: config.changes.length })}
        description={t("bar.discardAbout")}
        action={t("bar.discardAction")}
        onConfirm={() => {
          close();
          config.discard();
        }}
      />
    </>
  );
}

/** Stays at the bottom while there are changes nobody has saved, and until what was saved is served everywhere. */
export function ConfigDraftBar() {
  const { t } = useTranslation("config");
  const { dirty, ownedByFile, applying, seenApplied } = useConfigDraft();
  if (ownedByFile !== "" || (!dirty && applying === undefined)) return null;
  return (
    <aside aria-label={t("bar.label")} className="sticky bottom-3 z-30 rounded-xl border border-primary/40 bg-popover px-4 py-3 text-popover-foreground shadow-lg animate-in fade-in slide-in-from-bottom-2">
      {dirty ? <Unsaved /> : applying !== undefined && <Applying revision={applying} onClose={seenApplied} />}
    </aside>
  );
}

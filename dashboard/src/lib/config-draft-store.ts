import { ApiError, type ApiProblem, call } from "@/lib/api";
import { ConfigService, type GetConfigResponse, type Revision } from "@/gen/smartroute/v1/admin_pb";
import { Problem_Severity } from "@/gen/smartroute/v1/sync_pb";
import { type Change, diffDocs } from "./config-draft-diff";
import { type Doc, parseDoc, same, writeDoc } from "./config-draft-doc";
import { mergeDocs, type Merged, type Side } from "./config-draft-merge";
import { getIn, type Path, pathText } from "./config-draft-path";
import { hideSecrets, isHint, withoutSecrets } from "./config-draft-secrets";
import { draftKeptEvent, draftStorageKey } from "./draft-storage";

export interface DraftSnapshot {
  status: "loading" | "error" | "ready";
  error: unknown;
  /** What the draft was made from. 0: there is no configuration yet. */
  revision: bigint;
  /** The newest there is; another one than `revision` while somebody else's change waits to be merged. */
  newest: bigint;
  savedBy: Revision | undefined;
  saved: Doc;
  effective: Doc;
  draft: Doc;
  ownedByFile: string;
  dirty: boolean;
  changes: Change[];
  problems: ApiProblem[];
  checking: boolean;
  /** Where keys stood that were typed before the page was loaded anew, and are gone. */
  lostSecrets: string[];
  /** The revision that was saved here last, until somebody has seen enough of its way to the data planes. */
  applying: bigint | undefined;
}

export type SaveOutcome =
  | { kind: "saved"; revision: bigint; warnings: ApiProblem[] }
  | { kind: "conflict" }
  | { kind: "invalid" };

interface Base {
  revision: bigint;
  by: Revision | undefined;
  doc: Doc;
  effective: Doc;
  ownedByFile: string;
}

const NOTHING: Base = { revision: 0n, by: undefined, doc: {}, effective: {}, ownedByFile: "" };
const CHECK_AFTER_MS = 400;
const KEEP_AFTER_MS = 150;
const LOOK_EVERY_MS = 5_000;

function baseOf(answer: GetConfigResponse): Base {
  const doc = parseDoc(answer.json);
  return {
    revision: answer.revision?.number ?? 0n,
    by: answer.revision,
    doc,
    effective: answer.effectiveJson === "" ? doc : parseDoc(answer.effectiveJson),
    ownedByFile: answer.ownedByFile,
  };
}

async function fetchBase(revision = 0n): Promise<Base> {
  try {
    return baseOf(await call(ConfigService.method.getConfig, { revision }));
  } catch (error) {
    if (error instanceof ApiError && error.code === "not_found" && revision === 0n) return NOTHING;
    throw error;
  }
}

const textSource = (text: string) => ({ form: { case: "text" as const, value: text } });

/** The one unsaved configuration of this tab. */
export class DraftStore {
  private base: Base = NOTHING;
  private newest: Base = NOTHING;
  private draft: Doc | undefined;
  private status: DraftSnapshot["status"] = "loading";
  private error: unknown;
  private problems: ApiProblem[] = [];
  private lost: Path[] = [];
  private checking = false;
  private applying: bigint | undefined;
  private listeners = new Set<() => void>();
  private snapshot: DraftSnapshot | undefined;
  private loading: Promise<void> | undefined;
  private check: AbortController | undefined;
  private timers: { check?: number; keep?: number; look?: number } = {};
  private life = 0;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    if (this.listeners.size === 1) this.wake();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.sleep();
    };
  };

  get = (): DraftSnapshot => {
    this.snapshot ??= this.makeSnapshot();
    return this.snapshot;
  };

  /** Reads the newest revision; a draft that was begun stays what it is. */
  load = (): Promise<void> => {
    this.loading ??= this.read().finally(() => {
      this.loading = undefined;
    });
    return this.loading;
  };

  update = (change: (doc: Doc) => Doc): void => {
    if (this.status !== "ready" || this.base.ownedByFile !== "") return;
    const next = change(this.draft ?? this.base.doc);
    this.draft = same(next, this.base.doc) ? undefined : next;
    this.changed();
  };

  discard = (): void => {
    this.draft = undefined;
    this.lost = [];
    this.base = this.newest;
    this.changed();
  };

  text = (): string => writeDoc(this.draft ?? this.base.doc);

  /** What there would be if somebody else's newest revision and the draft were put together. */
  preview = (choices: Readonly<Record<string, Side>>): Merged => mergeDocs(this.base.doc, this.draft ?? this.base.doc, this.newest.doc, choices);

  /** Somebody else's newest revision and, seen from what both were made from, what it changed. */
  theirs = (): { by: Revision | undefined; changes: Change[] } => ({ by: this.newest.by, changes: diffDocs(this.base.doc, this.newest.doc) });

  rebase = (choices: Readonly<Record<string, Side>>): void => {
    const { doc } = this.preview(choices);
    this.base = this.newest;
    this.draft = same(doc, this.base.doc) ? undefined : doc;
    this.changed();
  };

  save = async (note: string): Promise<SaveOutcome> => {
    this.cancelCheck();
    try {
      const answer = await call(ConfigService.method.putConfig, { source: textSource(this.text()), baseRevision: this.base.revision, note });
      this.draft = undefined;
      this.lost = [];
      this.problems = [];
      this.keep();
      this.loading = undefined;
      this.applying = answer.revision?.number;
      await this.load();
      return { kind: "saved", revision: answer.revision?.number ?? 0n, warnings: answer.warnings.map(problemOf) };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === "aborted") {
        await this.load();
        return { kind: "conflict" };
      }
      if (error.code !== "invalid_argument" || error.problems.length === 0) throw error;
      this.problems = error.problems;
      this.emit();
      return { kind: "invalid" };
    }
  };

  seenApplied = (): void => {
    this.applying = undefined;
    this.emit();
  };

  /** As if the page was never opened: for the next one who signs in. */
  reset = (): void => {
    this.life += 1;
    this.cancelCheck();
    this.base = this.newest = NOTHING;
    this.draft = undefined;
    this.status = "loading";
    this.applying = undefined;
    this.problems = [];
    this.lost = [];
    this.loading = undefined;
    this.keep();
    this.emit();
    if (this.listeners.size > 0) void this.load();
  };

  private makeSnapshot(): DraftSnapshot {
    const draft = this.draft ?? this.base.doc;
    return {
      status: this.status,
      error: this.error,
      revision: this.base.revision,
      newest: this.newest.revision,
      savedBy: this.base.by,
      saved: this.base.doc,
      effective: this.base.effective,
      draft,
      ownedByFile: this.newest.ownedByFile,
      dirty: this.draft !== undefined,
      changes: this.draft ? diffDocs(this.base.doc, hideSecrets(draft)) : [],
      problems: this.problems,
      checking: this.checking,
      lostSecrets: this.lost.filter((path) => !typedAgain(getIn(draft, path))).map(pathText),
      applying: this.applying,
    };
  }

  private emit() {
    this.snapshot = undefined;
    for (const listener of this.listeners) listener();
  }

  private changed() {
    this.problems = this.draft ? this.problems : [];
    this.cancelCheck();
    if (this.draft) {
      this.checking = true;
      this.timers.check = window.setTimeout(() => void this.validate(), CHECK_AFTER_MS);
    }
    window.clearTimeout(this.timers.keep);
    this.timers.keep = window.setTimeout(this.keep, KEEP_AFTER_MS);
    this.emit();
  }

  private cancelCheck() {
    window.clearTimeout(this.timers.check);
    this.check?.abort();
    this.checking = false;
  }

  private async validate() {
    const check = new AbortController();
    this.check = check;
    try {
      const answer = await call(ConfigService.method.validateConfig, { source: textSource(this.text()) }, { signal: check.signal });
      if (check.signal.aborted) return;
      this.problems = answer.problems.filter((problem) => !isAboutHint(problem.what)).map(problemOf);
    } catch (error) {
      if (check.signal.aborted) return;
      if (error instanceof ApiError && error.problems.length > 0) this.problems = error.problems;
    }
    this.checking = false;
    this.emit();
  }

  private async read() {
    const life = this.life;
    try {
      const newest = await fetchBase();
      if (life !== this.life) return;
      const first = this.status !== "ready";
      this.newest = newest;
      if (first && !this.draft) await this.restore(newest);
      if (life !== this.life) return;
      if (!this.draft) this.base = newest;
      this.status = "ready";
      this.error = undefined;
      if (first && this.draft) this.changed();
    } catch (error) {
      if (life !== this.life) return;
      this.error = error;
      // What was loaded once still serves; only a page that has nothing fails.
      if (this.status === "loading") this.status = "error";
    }
    this.emit();
  }

  /** Takes up what this tab had unsaved before it was loaded anew. */
  private async restore(newest: Base) {
    const kept = readKept();
    if (!kept) return;
    try {
      const base = kept.revision === newest.revision || kept.revision === 0n ? newest : await fetchBase(kept.revision);
      const doc = parseDoc(kept.text);
      this.base = { ...base, ownedByFile: newest.ownedByFile };
      this.lost = kept.lost;
      if (!same(doc, base.doc)) this.draft = doc;
    } catch {
      // A draft of a revision that is gone, or of another version of this page, cannot be gone on with.
      this.draft = undefined;
      this.lost = [];
    }
  }

  private keep = () => {
    window.clearTimeout(this.timers.keep);
    try {
      if (!this.draft) return window.sessionStorage.removeItem(draftStorageKey);
      const { doc, lost } = withoutSecrets(this.draft, this.base.doc);
      const still = this.lost.filter((path) => !typedAgain(getIn(this.draft, path)));
      const all = [...still, ...lost];
      window.sessionStorage.setItem(draftStorageKey, JSON.stringify({ revision: String(this.base.revision), text: writeDoc(doc, 0), lost: all }));
    } catch {
      // Storage that is full or forbidden only costs the draft its survival of a reload.
    } finally {
      window.dispatchEvent(new Event(draftKeptEvent));
    }
  };

  private wake() {
    if (this.status !== "ready") void this.load();
    this.timers.look = window.setInterval(() => void this.look(), LOOK_EVERY_MS);
    window.addEventListener("pagehide", this.keep);
  }

  private sleep() {
    window.clearInterval(this.timers.look);
    window.removeEventListener("pagehide", this.keep);
  }

  private async look() {
    if (document.visibilityState === "hidden" || this.status !== "ready") return;
    const life = this.life;
    try {
      const page = await call(ConfigService.method.listRevisions, { pageSize: 1 });
      const newest = page.revisions[0]?.number ?? 0n;
      if (life === this.life && newest !== this.newest.revision) await this.load();
    } catch {
      // Asked again soon; the views that need an answer show why there is none.
    }
  }
}

function typedAgain(value: unknown): boolean {
  return typeof value === "string" && value !== "" && !isHint(value);
}

// That a hint is no key is said of every stored key that is sent back, which is what hints are for.
function isAboutHint(what: string): boolean {
  return what.startsWith("is the shortened form of a key");
}

function problemOf(problem: { path: string; what: string; nearest: string; line: number; severity: Problem_Severity }): ApiProblem {
  return {
    path: problem.path,
    message: problem.what,
    severity: problem.severity === Problem_Severity.WARNING ? "warning" : "error",
    ...(problem.nearest ? { nearest: problem.nearest } : {}),
  };
}

function readKept(): { revision: bigint; text: string; lost: Path[] } | undefined {
  try {
    const kept = JSON.parse(window.sessionStorage.getItem(draftStorageKey) ?? "null") as { revision: string; text: string; lost?: Path[] } | null;
    return kept ? { revision: BigInt(kept.revision), text: kept.text, lost: kept.lost ?? [] } : undefined;
  } catch {
    return undefined;
  }
}

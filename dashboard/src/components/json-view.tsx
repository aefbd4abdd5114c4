import { ChevronDown, ChevronRight } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "@/components/copy-button";
import { Badge } from "@/components/ui/badge";
import { type JsonNode, parseJson, prettyJson, sizeOf } from "@/lib/json-tree";
import { cn } from "@/lib/utils";

type JsonViewProps = {
  text: string;
  /** Names the region; it scrolls. */
  label?: string;
  className?: string;
};

const openAtOnce = 60;
const longList = 100;
const longText = 2_000;

/** JSON, folded where it is long; any other text as it is. */
export function JsonView({ text, label, className }: JsonViewProps) {
  const { t } = useTranslation("common");
  const tree = useMemo(() => parseJson(text), [text]);
  return (
    <div className={cn("relative rounded-lg border bg-muted/50", className)}>
      <CopyButton text={() => prettyJson(text)} className="absolute top-1.5 right-1.5 z-10 bg-card" />
      <section
        aria-label={label ?? t("json.label")}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keyboard
        tabIndex={0}
        className="focus-ring max-h-[32rem] overflow-auto rounded-lg p-3 pr-11 font-mono text-xs leading-5"
      >
        {tree ? <Node node={tree} depth={0} /> : <LongText text={text} />}
      </section>
    </div>
  );
}

type NodeProps = { name?: string; node: JsonNode; depth: number };

function Node({ name, node, depth }: NodeProps) {
  if ("entries" in node) return <Branch name={name} node={node} depth={depth} />;
  return (
    <div className="pl-4">
      {name !== undefined && <Name name={name} />}
      <Leaf node={node} />
    </div>
  );
}

function Name({ name }: { name: string }) {
  return (
    <>
      <span className="text-t1">{name}</span>
      <span className="text-muted-foreground">: </span>
    </>
  );
}

type LeafNode = Extract<JsonNode, { text: string }>;
const leafTones = { string: "text-good", number: "text-t2", boolean: "text-t3", null: "text-muted-foreground" };

function Leaf({ node }: { node: LeafNode }) {
  if (node.kind === "string" && (node.text.length > longText || node.text.includes("\n"))) {
    return (
      <div className="my-1 border-l-2 border-good/40 pl-2 text-good">
        <LongText text={node.text} />
      </div>
    );
  }
  return (
    <span className={cn("wrap-anywhere whitespace-pre-wrap", leafTones[node.kind])}>
      {node.kind === "string" ? JSON.stringify(node.text) : node.text}
    </span>
  );
}

type BranchNode = Extract<JsonNode, { kind: "object" | "array" }>;

function Branch({ name, node, depth }: { name?: string | undefined; node: BranchNode; depth: number }) {
  const { t } = useTranslation("common");
  const [open, setOpen] = useState(() => depth < 2 || (depth < 5 && sizeOf(node) <= openAtOnce));
  const [limit, setLimit] = useState(longList);
  const list = node.kind === "array";
  const Icon = open ? ChevronDown : ChevronRight;
  const hidden = node.entries.length - limit;
  return (
    <div className={depth > 0 ? "pl-4" : undefined}>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className={cn("focus-ring inline-flex items-center gap-1 rounded text-left hover:bg-accent", depth > 0 && "-ml-4")}
      >
        <Icon aria-hidden className="size-3 shrink-0 text-muted-foreground" />
        <span>
          {name !== undefined && <Name name={name} />}
          <span className="text-muted-foreground">
            {open ? (list ? "[" : "{") : list ? `[ ${node.entries.length} ]` : `{ ${node.entries.length} }`}
          </span>
        </span>
        {node.inString && <Badge variant="outline">{t("json.inString")}</Badge>}
      </button>
      {open && (
        <>
          {node.entries.slice(0, limit).map(([key, child]) => (
            <Node key={key} {...(list ? {} : { name: key })} node={child} depth={depth + 1} />
          ))}
          {hidden > 0 && (
            <button type="button" className="focus-ring ml-4 rounded text-primary underline" onClick={() => setLimit(limit + 500)}>
              {t("json.moreEntries", { count: hidden })}
            </button>
          )}
          <div className="text-muted-foreground">{list ? "]" : "}"}</div>
        </>
      )}
    </div>
  );
}

function LongText({ text }: { text: string }) {
  const { t } = useTranslation("common");
  const [whole, setWhole] = useState(text.length <= longText * 2);
  return (
    <div className="wrap-anywhere whitespace-pre-wrap">
      {whole ? text : text.slice(0, longText)}
      {!whole && (
        <>
          {"… "}
          <button type="button" className="focus-ring rounded text-primary underline" onClick={() => setWhole(true)}>
            {t("json.moreText", { count: text.length - longText })}
          </button>
        </>
      )}
    </div>
  );
}

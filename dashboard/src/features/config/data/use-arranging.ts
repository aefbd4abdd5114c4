import { type KeyboardEvent, type PointerEvent, useEffect, useReducer, useState } from "react";
import { useTranslation } from "react-i18next";
import { type TierName, TIERS, useConfigDraft } from "@/lib/config-draft";
import { arrange, type ArrangeAction, type Lists, listsOf, moved, type Spot, withLists } from "../lib/arrange";
import { useEditable } from "./use-config";

/** Where in the lists the pointer is: on a model, or under the last one of a tier. */
function spotAt(x: number, y: number): Spot | undefined {
  const at = document.elementFromPoint(x, y)?.closest<HTMLElement>("[data-tier]");
  const tier = TIERS.find((name) => name === at?.dataset.tier);
  return at && tier ? { tier, index: Number(at.dataset.index) } : undefined;
}

const ARROWS = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"]);
type Arrow = Extract<ArrangeAction, { type: "step" }>["key"];

export interface Arranging {
  lists: Lists;
  lifted: ReturnType<typeof arrange>;
  said: string;
  onLift: (event: PointerEvent, spot: Spot) => void;
  onKey: (event: KeyboardEvent, spot: Spot) => void;
}

/** Dragging models by pointer, or by Space and the arrow keys, with words for who cannot see it. */
export function useArranging(): Arranging {
  const { t } = useTranslation("config");
  const { draft, update } = useConfigDraft();
  const editable = useEditable();
  const [lifted, act] = useReducer(arrange, undefined);
  const [said, say] = useState("");
  const lists = listsOf(draft);
  const shown = lifted ? moved(lists, lifted.from, lifted.to) : lists;
  const byPointer = lifted?.by === "pointer";
  const name = (spot: Spot) => ({ model: lists[spot.tier][spot.index] ?? "", tier: spot.tier.toUpperCase(), position: spot.index + 1 });

  const drop = () => {
    if (!lifted) return;
    act({ type: "drop" });
    update((doc) => withLists(doc, moved(listsOf(doc), lifted.from, lifted.to)));
    say(t("tiers.said.dropped", { ...name(lifted.from), tier: lifted.to.tier.toUpperCase(), position: lifted.to.index + 1 }));
  };
  const cancel = () => {
    if (!lifted) return;
    act({ type: "drop" });
    say(t("tiers.said.cancelled", name(lifted.from)));
  };

  useEffect(() => {
    if (!byPointer) return;
    const onMove = (event: globalThis.PointerEvent) => {
      const spot = spotAt(event.clientX, event.clientY);
      if (spot) act({ type: "over", spot: clamp(spot, lists, lifted) });
    };
    const onEscape = (event: globalThis.KeyboardEvent) => {
      if (event.key === "Escape") cancel();
    };
    window.addEventListener("pointermove", onMove);
    window.addEventListener("pointerup", drop);
    window.addEventListener("pointercancel", cancel);
    window.addEventListener("keydown", onEscape);
    return () => {
      window.removeEventListener("pointermove", onMove);
      window.removeEventListener("pointerup", drop);
      window.removeEventListener("pointercancel", cancel);
      window.removeEventListener("keydown", onEscape);
    };
  });

  const onKey = (event: KeyboardEvent, spot: Spot) => {
    if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      if (lifted) return drop();
      act({ type: "lift", spot, by: "keys" });
      return say(t("tiers.said.lifted", name(spot)));
    }
    if (!lifted) return;
    if (event.key === "Escape") {
      event.preventDefault();
      return cancel();
    }
    if (event.key === "Tab") return cancel();
    if (!ARROWS.has(event.key)) return;
    event.preventDefault();
    const step: ArrangeAction = { type: "step", key: event.key as Arrow, lists };
    const next = arrange(lifted, step);
    act(step);
    if (next) say(t("tiers.said.moved", { ...name(lifted.from), tier: next.to.tier.toUpperCase(), position: next.to.index + 1 }));
  };

  const onLift = (event: PointerEvent, spot: Spot) => {
    if (!editable || event.button !== 0) return;
    act({ type: "lift", spot, by: "pointer" });
  };
  return { lists: shown, lifted, said, onLift, onKey };
}

function clamp(spot: Spot, lists: Lists, lifted: ReturnType<typeof arrange>): Spot {
  const most = (tier: TierName) => lists[tier].length - (lifted?.from.tier === tier ? 1 : 0);
  return { tier: spot.tier, index: Math.min(spot.index, most(spot.tier)) };
}

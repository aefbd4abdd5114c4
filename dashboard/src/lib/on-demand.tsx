import { type ComponentProps, type ComponentType, lazy, Suspense, useState } from "react";
import type { Button } from "@/components/ui/button";

type ButtonProps = ComponentProps<typeof Button>;
type Opened<P> = P & { defaultOpen?: boolean };

/**
 * A menu or the like whose code comes with the first sign that somebody wants it: until then there is only its button. `Trigger` is that
 * button, which the thing itself has as its trigger, too; `load` brings the thing, which then opens at once.
 */
export function onDemand<P extends object>(
  kind: "menu" | "dialog",
  Trigger: ComponentType<P & ButtonProps>,
  load: () => Promise<ComponentType<Opened<P>>>,
): ComponentType<P> {
  const Thing = lazy(async () => ({ default: await load() })) as unknown as ComponentType<Opened<P>>;
  return function OnDemand(props: P) {
    const [wanted, setWanted] = useState(false);
    const button = (
      <Trigger
        {...props}
        aria-haspopup={kind}
        aria-expanded={false}
        onPointerEnter={() => void load()}
        onFocus={() => void load()}
        onClick={() => setWanted(true)}
      />
    );
    if (!wanted) return button;
    return (
      <Suspense fallback={button}>
        <Thing {...props} defaultOpen />
      </Suspense>
    );
  };
}

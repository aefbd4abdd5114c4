import { LoaderCircle } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { useNow } from "@/hooks/use-now";

type SubmitButtonProps = { pending: boolean; blockedUntil?: number; children: ReactNode };

export function SubmitButton({ pending, blockedUntil = 0, children }: SubmitButtonProps) {
  const blocked = useNow(500) < blockedUntil;
  return (
    <Button type="submit" className="w-full" disabled={pending || blocked} aria-busy={pending}>
      {pending && <LoaderCircle aria-hidden className="animate-spin" />}
      {children}
    </Button>
  );
}

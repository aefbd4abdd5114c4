import type { ComponentProps } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { useSession } from "@/hooks/use-session";

export function UserButton(props: ComponentProps<typeof Button>) {
  const { t } = useTranslation("common");
  const { user } = useSession();
  return (
    <Button variant="ghost" size="icon" aria-label={t("user.menu", { name: user.name })} {...props}>
      <span aria-hidden className="flex size-7 items-center justify-center rounded-full bg-primary text-xs font-semibold text-primary-foreground uppercase">
        {Array.from(user.name)[0]}
      </span>
    </Button>
  );
}

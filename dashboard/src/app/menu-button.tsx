import { Menu } from "lucide-react";
import type { ComponentProps } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";

export function MenuButton(props: ComponentProps<typeof Button>) {
  const { t } = useTranslation("common");
  return (
    <Button variant="ghost" size="icon" className="-ml-1.5 lg:hidden" aria-label={t("nav.open")} {...props}>
      <Menu aria-hidden />
    </Button>
  );
}

import { SlidersHorizontal } from "lucide-react";
import type { ComponentProps } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";

export function LimitsButton(props: ComponentProps<typeof Button>) {
  const { t } = useTranslation("overview");
  return (
    <Button variant="ghost" size="sm" {...props}>
      <SlidersHorizontal aria-hidden />
      {t("limits.button")}
    </Button>
  );
}

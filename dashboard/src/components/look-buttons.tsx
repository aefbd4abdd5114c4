import { Languages, Moon, Sun } from "lucide-react";
import type { ComponentProps } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";

export function ThemeButton(props: ComponentProps<typeof Button>) {
  const { t } = useTranslation("common");
  return (
    <Button variant="ghost" size="icon" aria-label={t("theme.label")} title={t("theme.label")} {...props}>
      <Sun aria-hidden className="dark:hidden" />
      <Moon aria-hidden className="hidden dark:block" />
    </Button>
  );
}

export function LanguageButton(props: ComponentProps<typeof Button>) {
  const { t } = useTranslation("common");
  return (
    <Button variant="ghost" size="icon" aria-label={t("language")} title={t("language")} {...props}>
      <Languages aria-hidden />
    </Button>
  );
}

import { Monitor, Moon, Sun } from "lucide-react";
import { useTranslation } from "react-i18next";
import { LanguageButton, ThemeButton } from "@/components/look-buttons";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuRadioGroup,
  DropdownMenuRadioItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { languages, usePreferences } from "@/hooks/use-preferences";
import { languageNames } from "@/lib/language-names";

const themes = [
  { name: "light", icon: Sun },
  { name: "dark", icon: Moon },
  { name: "system", icon: Monitor },
] as const;

type MenuProps = { defaultOpen?: boolean };

export function ThemeMenu({ defaultOpen = false }: MenuProps) {
  const { t } = useTranslation("common");
  const { theme, setPreferences } = usePreferences();
  const choose = (name: string) => {
    const chosen = themes.find((one) => one.name === name);
    if (chosen) setPreferences({ theme: chosen.name });
  };
  return (
    <DropdownMenu defaultOpen={defaultOpen}>
      <DropdownMenuTrigger asChild>
        <ThemeButton />
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end">
        <DropdownMenuRadioGroup value={theme} onValueChange={choose}>
          {themes.map(({ name, icon: Icon }) => (
            <DropdownMenuRadioItem key={name} value={name}>
              <Icon aria-hidden />
              {t(`theme.${name}`)}
            </DropdownMenuRadioItem>
          ))}
        </DropdownMenuRadioGroup>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

export function LanguageMenu({ defaultOpen = false }: MenuProps) {
  const { language, setPreferences } = usePreferences();
  const choose = (name: string) => {
    const chosen = languages.find((one) => one === name);
    if (chosen) setPreferences({ language: chosen });
  };
  return (
    <DropdownMenu defaultOpen={defaultOpen}>
      <DropdownMenuTrigger asChild>
        <LanguageButton />
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end">
        <DropdownMenuRadioGroup value={language} onValueChange={choose}>
          {languages.map((one) => (
            <DropdownMenuRadioItem key={one} value={one} lang={one}>
              {languageNames[one]}
            </DropdownMenuRadioItem>
          ))}
        </DropdownMenuRadioGroup>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Cpu, Keyboard, Languages, LogOut, Moon, SlidersHorizontal, Sun } from "lucide-react";
import { useTranslation } from "react-i18next";
import {
  CommandDialog,
  CommandEmpty,
  CommandGroup,
  CommandInput,
  CommandItem,
  CommandList,
  CommandShortcut,
} from "@/components/ui/command";
import { ProviderTag } from "@/components/provider-tag";
import { HealthService } from "@/gen/smartroute/v1/admin_pb";
import { languages, usePreferences } from "@/hooks/use-preferences";
import { useSignOut } from "@/hooks/use-sign-out";
import { useTheme } from "@/hooks/use-theme";
import { call } from "@/lib/api";
import { languageNames } from "@/lib/language-names";
import { configSections } from "./config-sections";
import { pages } from "./pages";

type PaletteProps = { open: boolean; onOpenChange: (open: boolean) => void; onHelp: () => void };

/** Everything one can go to or do, found by typing. */
export function Palette({ open, onOpenChange, onHelp }: PaletteProps) {
  const { t } = useTranslation("common");
  const close = () => onOpenChange(false);
  return (
    <CommandDialog open={open} onOpenChange={onOpenChange} title={t("palette.open")} description={t("palette.description")}>
      <CommandInput placeholder={t("palette.placeholder")} />
      <CommandList label={t("palette.results")}>
        <CommandEmpty>{t("palette.nothing")}</CommandEmpty>
        <Places onDone={close} />
        <Actions onDone={close} onHelp={onHelp} />
        <Models onDone={close} />
      </CommandList>
    </CommandDialog>
  );
}

function Places({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation("common");
  const navigate = useNavigate();
  return (
    <>
      <CommandGroup heading={t("palette.pages")}>
        {pages.map((page) => {
          const Icon = page.icon;
          return (
            <CommandItem
              key={page.name}
              value={`page ${t(`nav.${page.name}`)}`}
              onSelect={() => {
                onDone();
                void navigate({ to: page.to });
              }}
            >
              <Icon aria-hidden />
              {t(`nav.${page.name}`)}
              <CommandShortcut>g {page.key}</CommandShortcut>
            </CommandItem>
          );
        })}
      </CommandGroup>
      <CommandGroup heading={t("nav.config")}>
        {configSections.map((section) => (
          <CommandItem
            key={section}
            value={`config ${t("nav.config")} ${t(`configSections.${section}`)}`}
            onSelect={() => {
              onDone();
              void navigate({ to: "/config/$section", params: { section } });
            }}
          >
            <SlidersHorizontal aria-hidden />
            {t(`configSections.${section}`)}
          </CommandItem>
        ))}
      </CommandGroup>
    </>
  );
}

function Actions({ onDone, onHelp }: { onDone: () => void; onHelp: () => void }) {
  const { t } = useTranslation("common");
  const { language, setPreferences } = usePreferences();
  const theme = useTheme();
  const signOut = useSignOut();
  const other = theme === "dark" ? "light" : "dark";
  const ThemeIcon = theme === "dark" ? Sun : Moon;
  return (
    <CommandGroup heading={t("palette.actions")}>
      <CommandItem
        value={`action ${t("palette.useTheme", { theme: t(`theme.${other}`) })}`}
        onSelect={() => {
          setPreferences({ theme: other });
          onDone();
        }}
      >
        <ThemeIcon aria-hidden />
        {t("palette.useTheme", { theme: t(`theme.${other}`) })}
      </CommandItem>
      {languages
        .filter((one) => one !== language)
        .map((one) => (
          <CommandItem
            key={one}
            value={`action language ${languageNames[one]}`}
            onSelect={() => {
              setPreferences({ language: one });
              onDone();
            }}
          >
            <Languages aria-hidden />
            {t("palette.useLanguage", { language: languageNames[one] })}
          </CommandItem>
        ))}
      <CommandItem value={`action ${t("shortcuts.title")}`} onSelect={onHelp}>
        <Keyboard aria-hidden />
        {t("shortcuts.title")}
        <CommandShortcut>?</CommandShortcut>
      </CommandItem>
      <CommandItem value={`action ${t("user.signOut")}`} onSelect={() => signOut.mutate({})}>
        <LogOut aria-hidden />
        {t("user.signOut")}
      </CommandItem>
    </CommandGroup>
  );
}

function Models({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation("common");
  const navigate = useNavigate();
  const { data } = useQuery({
    queryKey: ["model-health"],
    queryFn: ({ signal }) => call(HealthService.method.listModelHealth, {}, { signal }),
  });
  if (!data || data.models.length === 0) return null;
  return (
    <CommandGroup heading={t("palette.models")}>
      {data.models.map(({ model, provider }) => (
        <CommandItem
          key={`${provider} ${model}`}
          value={`model ${provider} ${model}`}
          onSelect={() => {
            onDone();
            void navigate({ to: "/logs", search: { model: model.replace(/[\\,]/g, "\\$&") } });
          }}
        >
          <Cpu aria-hidden />
          <ProviderTag provider={provider} model={model} />
          <CommandShortcut>{t("palette.modelLogs")}</CommandShortcut>
        </CommandItem>
      ))}
    </CommandGroup>
  );
}

import { Link, useParams } from "@tanstack/react-router";
import { Lock, SearchX } from "lucide-react";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/components/empty-state";
import { PageHeader } from "@/components/page-header";
import { Button } from "@/components/ui/button";
import { useSession } from "@/hooks/use-session";
import { AboutSection } from "./components/about-section";
import { AccountSection } from "./components/account-section";
import { AppearanceSection } from "./components/appearance-section";
import { SectionNav } from "./components/section-nav";
import { SessionsSection } from "./components/sessions-section";
import { TokensSection } from "./components/tokens-section";
import { TwoFactorSection } from "./components/two-factor-section";
import { UsersSection } from "./components/users-section";
import { parseSection, type Section, sectionsFor } from "./search";

const parts: Record<Section, ComponentType> = {
  account: AccountSection,
  "two-factor": TwoFactorSection,
  sessions: SessionsSection,
  users: UsersSection,
  tokens: TokensSection,
  "language-and-appearance": AppearanceSection,
  about: AboutSection,
};

function NotHere({ known }: { known: boolean }) {
  const { t } = useTranslation("settings");
  return (
    <EmptyState
      icon={known ? Lock : SearchX}
      title={t(known ? "adminsOnly" : "noSection")}
      action={
        <Button asChild variant="outline" size="sm">
          <Link to="/settings/$section" params={{ section: "account" }}>
            {t("sections.account")}
          </Link>
        </Button>
      }
    />
  );
}

export function SettingsPage() {
  const { t } = useTranslation("settings");
  const { isAdmin } = useSession();
  const params: { section?: string } = useParams({ strict: false });
  const section = parseSection(params.section);
  const allowed = sectionsFor(isAdmin);
  const Part = section && allowed.includes(section) ? parts[section] : undefined;
  return (
    <div className="grid gap-5">
      <PageHeader title={t("title")} description={t("description")} />
      <div className="grid items-start gap-5 lg:grid-cols-[15rem_minmax(0,1fr)]">
        <SectionNav sections={allowed} current={section ?? "account"} />
        <div className="min-w-0 max-w-4xl">{Part ? <Part key={section} /> : <NotHere known={section !== undefined} />}</div>
      </div>
    </div>
  );
}

import { Link } from "@tanstack/react-router";
import { SignpostBig } from "lucide-react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/components/empty-state";
import { Button } from "@/components/ui/button";

export function NotFound() {
  const { t } = useTranslation("common");
  return (
    <>
      <h1 className="sr-only" tabIndex={-1}>
        {t("notFound.title")}
      </h1>
      <EmptyState
        icon={SignpostBig}
        title={t("notFound.title")}
        description={t("notFound.text")}
        action={
          <Button asChild>
            <Link to="/">{t("notFound.home")}</Link>
          </Button>
        }
      />
    </>
  );
}

import { Link } from "@tanstack/react-router";
import { SlidersHorizontal, Undo2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Accordion, AccordionContent, AccordionItem, AccordionTrigger } from "@/components/ui/accordion";
import { Button } from "@/components/ui/button";
import { Card, CardAction, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { useSession } from "@/hooks/use-session";
import { TIERS, useConfigDraft } from "@/lib/config-draft";
import { KeywordKnobs } from "./keyword-knobs";
import { RouterKnobs } from "./router-knobs";
import { TierKnobs } from "./tier-knobs";

/** The settings one wants to try first, changed in the unsaved configuration right here. */
export function KnobsCard() {
  const { t } = useTranslation("what-if");
  const { isAdmin } = useSession();
  const { dirty, discard, ownedByFile } = useConfigDraft();
  return (
    <Card>
      <CardHeader>
        <CardTitle>{t("knobs.title")}</CardTitle>
        <CardDescription>{ownedByFile === "" ? t("knobs.description") : t("knobs.owned", { file: ownedByFile })}</CardDescription>
        {/* Who may save has the bar for it. */}
        {dirty && !isAdmin && (
          <CardAction>
            <Button variant="ghost" size="sm" onClick={discard}>
              <Undo2 aria-hidden />
              {t("knobs.discard")}
            </Button>
          </CardAction>
        )}
      </CardHeader>
      <CardContent>
        <fieldset disabled={ownedByFile !== ""}>
          <legend className="sr-only">{t("knobs.title")}</legend>
          <Accordion type="multiple" defaultValue={["router"]}>
            <AccordionItem value="router">
              <AccordionTrigger>{t("knobs.router")}</AccordionTrigger>
              <AccordionContent>
                <RouterKnobs />
              </AccordionContent>
            </AccordionItem>
            <AccordionItem value="keywords">
              <AccordionTrigger>{t("knobs.keywords")}</AccordionTrigger>
              <AccordionContent>
                <KeywordKnobs />
              </AccordionContent>
            </AccordionItem>
            <AccordionItem value="tiers">
              <AccordionTrigger>{t("knobs.tiers")}</AccordionTrigger>
              <AccordionContent className="grid gap-5">
                {TIERS.map((tier) => (
                  <TierKnobs key={tier} tier={tier} />
                ))}
              </AccordionContent>
            </AccordionItem>
          </Accordion>
        </fieldset>
        <Button asChild variant="link" className="mt-3">
          <Link to="/config/$section" params={{ section: "router" }}>
            <SlidersHorizontal aria-hidden />
            {t("knobs.all")}
          </Link>
        </Button>
      </CardContent>
    </Card>
  );
}

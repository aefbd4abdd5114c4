import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Alert, AlertDescription } from "@/components/ui/alert";
import { errorText } from "@/lib/error-text";

/** What the server said, when it belongs to no field. */
export function FormError({ error }: { error: unknown }) {
  const { t } = useTranslation("common");
  if (error === undefined || error === null) return null;
  return (
    <Alert variant="destructive">
      <TriangleAlert aria-hidden />
      <AlertDescription>{errorText(error, t)}</AlertDescription>
    </Alert>
  );
}

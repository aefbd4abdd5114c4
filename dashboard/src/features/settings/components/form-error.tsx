import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Alert, AlertDescription } from "@/components/ui/alert";
import { ApiError } from "@/lib/api";
import { errorText } from "@/lib/error-text";

interface FormErrorProps {
  error: unknown;
  /** Where a wrong password or code is what is refused: the role has nothing to do with it then. */
  refused?: string;
}

/** What the server said, when it belongs to no field. */
export function FormError({ error, refused }: FormErrorProps) {
  const { t } = useTranslation("common");
  if (error === undefined || error === null) return null;
  const wrong = refused !== undefined && error instanceof ApiError && error.code === "permission_denied";
  return (
    <Alert variant="destructive">
      <TriangleAlert aria-hidden />
      <AlertDescription>{wrong ? refused : errorText(error, t)}</AlertDescription>
    </Alert>
  );
}

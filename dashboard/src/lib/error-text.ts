import type { TFunction } from "i18next";
import { ApiError } from "./api-error";

const told = ["unavailable", "deadline_exceeded", "permission_denied", "resource_exhausted", "unauthenticated"] as const;

/** What an error means to the reader; the server's own words where they say more than its code. */
export function errorText(error: unknown, t: TFunction<"common">): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  const code = told.find((one) => one === error.code);
  if (!code) return error.message;
  const text = t(`errors.${code}`);
  // Without a status there was no answer, and the browser's words for that help nobody.
  return error.status === 0 || error.message.startsWith("HTTP ") ? text : `${text} ${error.message}`;
}

import { useTranslation } from "react-i18next";

/** What a kind of failure is called; one that is not known here is shown as words. */
export function useErrorName(): (kind: string) => string {
  const { t, i18n } = useTranslation("overview");
  return (kind) => {
    const key = `errorKind.${kind}`;
    return /^[a-z0-9_]+$/.test(kind) && i18n.exists(key, { ns: "overview" }) ? t(key) : kind.replaceAll("_", " ");
  };
}

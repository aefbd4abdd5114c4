import i18next, { type BackendModule } from "i18next";
import { initReactI18next } from "react-i18next";
import { getPreferences, languages, subscribePreferences } from "./preferences";

type Texts = Record<string, unknown>;
const common = import.meta.glob<Texts>("../locales/*.json", { import: "default" });
const features = import.meta.glob<Texts>("../features/*/locales/*.json", { import: "default" });

/** The texts of a namespace: "common", or a feature's name. */
export function loadTexts(language: string, namespace: string): Promise<Texts> {
  const load =
    namespace === "common"
      ? common[`../locales/${language}.json`]
      : features[`../features/${namespace}/locales/${language}.json`];
  return load ? load() : Promise.reject(new Error(`no texts ${namespace} in ${language}`));
}

const bundles: BackendModule = {
  type: "backend",
  init() {},
  read(language, namespace, done) {
    loadTexts(language, namespace).then(
      (texts) => done(null, texts as Parameters<typeof done>[1]),
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error)), false),
    );
  },
};

/** Ready to translate when it resolves; from then on the language follows the preferences. */
export async function startI18n(): Promise<void> {
  await i18next
    .use(bundles)
    .use(initReactI18next)
    .init({
      lng: getPreferences().language,
      fallbackLng: false,
      supportedLngs: [...languages],
      load: "currentOnly",
      ns: ["common"],
      defaultNS: "common",
      interpolation: { escapeValue: false },
      react: { useSuspense: true },
    });
  subscribePreferences(() => {
    const { language } = getPreferences();
    if (language !== i18next.language) void i18next.changeLanguage(language);
  });
  i18next.on("languageChanged", (language) => {
    document.documentElement.lang = language;
  });
  document.documentElement.lang = i18next.language;
}

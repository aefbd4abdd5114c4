import type { Language } from "./preferences";

/** Each in itself, so that who reads no other finds it. */
export const languageNames: Record<Language, string> = { en: "English", "zh-CN": "简体中文" };

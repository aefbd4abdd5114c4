import type { Plugin } from "vite";

export const budgetBytes: number;
export function firstScreenBudget(): Plugin;
export function oneFileFor(entries: string[], alone: RegExp): {
  plugin: Plugin;
  group: { name: string; test: (id: string) => boolean };
};

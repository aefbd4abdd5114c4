import { expect, it } from "vitest";
import { parseSettings } from "./view-settings";

it.each([
  [null, { refreshMs: 10_000 }],
  ["{", { refreshMs: 10_000 }],
  ["null", { refreshMs: 10_000 }],
  ['{"refreshMs":7,"good":-1}', { refreshMs: 10_000 }],
  ['{"refreshMs":0,"good":1000,"slow":"2000"}', { refreshMs: 0, good: 1000, slow: 2000 }],
])("of %j is %j", (stored, settings) => expect(parseSettings(stored)).toEqual(settings));

import { expect, it } from "vitest";
import { modelOptions, needsKey } from "./model-options";

it("names every configured model once", () => {
  const options = modelOptions({
    tiers: { t1: { models: ["b/x", "a/y"] }, t3: { models: ["b/x"] } },
    models: [{ id: "c", fallbacks: ["a/y", "d"] }],
    model_map: { "gpt-4": "b" },
  });
  expect(options.models).toEqual(["a/y", "b/x", "c", "d", "gpt-4"]);
  expect(options.tiers[1]).toEqual({ name: "t2", models: [] });
});

it("knows whether callers need a key", () => {
  expect(needsKey({})).toBe(false);
  expect(needsKey({ gateway: { keys: [{ name: "app", key: "…abcd" }] } })).toBe(true);
});

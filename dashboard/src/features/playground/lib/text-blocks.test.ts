import { expect, it } from "vitest";
import { inlinePieces, textBlocks } from "./text-blocks";

it("tells fenced code from text", () => {
  expect(textBlocks("Look:\n```js\nlet a = 1;\n\nb\n```\nDone.")).toEqual([
    { kind: "text", text: "Look:" },
    { kind: "code", language: "js", text: "let a = 1;\n\nb", open: false },
    { kind: "text", text: "Done." },
  ]);
});

it("shows code that is still being written as open", () => {
  expect(textBlocks("~~~\nhalf")).toEqual([{ kind: "code", language: "", text: "half", open: true }]);
});

it("closes a fence only by one that is as long", () => {
  expect(textBlocks("````md\n```\nx\n```\n````")).toEqual([{ kind: "code", language: "md", text: "```\nx\n```", open: false }]);
});

it("keeps markup as the text that it is", () => {
  expect(textBlocks("<img src=x onerror=alert(1)> **bold**")).toEqual([{ kind: "text", text: "<img src=x onerror=alert(1)> **bold**" }]);
});

it("finds inline code", () => {
  expect(inlinePieces("a `b` c")).toEqual([{ code: false, text: "a " }, { code: true, text: "b" }, { code: false, text: " c" }]);
  expect(inlinePieces("a ` b")).toEqual([{ code: false, text: "a ` b" }]);
});

import { describe, expect, it } from "vitest";
import manifest from "../../package.json";
import { shippedPackages, thirdPartyNotices } from "../../tools/third-party-notices.mjs";

describe("the notices that a built dashboard carries", () => {
  const notices = thirdPartyNotices();

  it("name every production dependency that is in the bundle, and what these bring along", () => {
    const direct = Object.keys(manifest.dependencies).filter((name) => name !== "@bufbuild/protobuf");
    expect(shippedPackages()).toEqual(expect.arrayContaining([...direct, "scheduler", "@radix-ui/react-dialog", "tailwindcss"]));
    for (const name of shippedPackages()) expect(notices).toMatch(new RegExp(`^## ${name.replaceAll("/", "\\/")} \\d`, "m"));
  });

  it("give each entry a licence with a copyright line, or one that asks for none", () => {
    const entries = notices.split(/^## .*\n\n```\n/m).slice(1);
    expect(entries.length).toBeGreaterThan(20);
    for (const entry of entries) expect(entry).toMatch(/copyright|public domain/i);
  });

  it("leave out what only tests and tools need", () => {
    for (const name of ["vitest", "typescript", "jsdom", "playwright-core"]) expect(shippedPackages()).not.toContain(name);
  });
});

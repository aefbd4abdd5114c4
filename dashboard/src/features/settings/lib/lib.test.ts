import { describe, expect, it } from "vitest";
import { AccountRole } from "@/gen/smartroute/v1/admin_pb";
import { ApiError } from "@/lib/api";
import { parseSection, sectionsFor } from "../search";
import { browserName } from "./browser-name";
import { clockSkew, skewWord } from "./clock-skew";
import { fieldErrors } from "./field-errors";
import { generatePassword, passwordProblem } from "./password";
import { expiresAt, expiryState } from "./token-expiry";
import { actionsFor } from "./user-actions";

const now = new Date(2026, 4, 10, 12).getTime();

describe("when a token ends", () => {
  it("is so many days from now, or never", () => {
    expect(expiresAt("7d", "", now)).toBe(BigInt(now + 7 * 86_400_000));
    expect(expiresAt("never", "", now)).toBe(0n);
  });

  it("is the last moment of a chosen day", () => {
    expect(expiresAt("date", "2026-05-10", now)).toBe(BigInt(new Date(2026, 4, 10, 23, 59, 59, 999).getTime()));
  });

  it("is refused for days that are over or do not exist", () => {
    for (const date of ["", "2026-05-09", "2026-02-30", "10.5.2026"]) expect(expiresAt("date", date, now)).toBeUndefined();
  });

  it("is told apart by urgency", () => {
    expect([0n, BigInt(now - 1), BigInt(now + 1000), BigInt(now + 30 * 86_400_000)].map((at) => expiryState(at, now))).toEqual(["never", "over", "soon", "later"]);
  });
});

describe("passwords", () => {
  it("need twelve characters and at most 256 bytes", () => {
    expect(passwordProblem("12345678901")).toBe("short");
    expect(passwordProblem("123456789012")).toBeUndefined();
    expect(passwordProblem("漢".repeat(86))).toBe("long");
  });

  it("are generated from letters that cannot be mistaken, none likelier than others", () => {
    expect(generatePassword()).toMatch(/^([a-km-np-zA-HJ-NP-Z2-9]{4}-){4}[a-km-np-zA-HJ-NP-Z2-9]{4}$/);
    expect(generatePassword()).not.toBe(generatePassword());
    let next = 0;
    const bytes = generatePassword((target) => target.map(() => (next = (next + 1) % 256)));
    expect(bytes.replaceAll("-", "")).toHaveLength(20);
  });
});

describe("what an admin may do with an account", () => {
  const user = (role: AccountRole, twoFactor = false) => ({ id: "u2", role, twoFactor });
  it("depends on its role and second factor", () => {
    expect(actionsFor(user(AccountRole.VIEWER), "u1")).toEqual(["makeAdmin", "resetPassword", "delete"]);
    expect(actionsFor(user(AccountRole.ADMIN, true), "u1")).toEqual(["makeViewer", "resetPassword", "removeTwoFactor", "delete"]);
  });

  it("is nothing for the admin's own", () => {
    expect(actionsFor(user(AccountRole.ADMIN), "u2")).toEqual([]);
  });
});

it("shows viewers only what is theirs", () => {
  expect(sectionsFor(false)).toEqual(["account", "two-factor", "sessions", "language-and-appearance", "about"]);
  expect(sectionsFor(true)).toContain("users");
  expect(parseSection("tokens")).toBe("tokens");
  expect(parseSection("nonsense")).toBeUndefined();
});

it("names browsers by their user-agent", () => {
  expect(browserName("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36")).toEqual({ browser: "Chrome", system: "Linux" });
  expect(browserName("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605 Version/17.0 Safari/604")).toEqual({ browser: "Safari", system: "iOS" });
  expect(browserName("x")).toEqual({});
});

it("says how far two clocks are apart, as well as one can know", () => {
  expect(clockSkew(10_500, 0, 1_000)).toEqual({ aheadMs: 10_000, uncertainMs: 500 });
  expect(skewWord({ aheadMs: 10_000, uncertainMs: 500 })).toBe("ahead");
  expect(skewWord({ aheadMs: -10_000, uncertainMs: 500 })).toBe("behind");
  expect(skewWord({ aheadMs: 5_000, uncertainMs: 6_000 })).toBe("same");
});

it("puts the server's problems on their fields", () => {
  const error = new ApiError("invalid_argument", "no", 400, [{ path: "new_password", message: "too short", severity: "error" }]);
  expect(fieldErrors(error, { new_password: "next" })).toEqual({ fields: { next: "too short" }, rest: undefined });
  const other = new ApiError("permission_denied", "no", 403);
  expect(fieldErrors(other, { new_password: "next" })).toEqual({ fields: {}, rest: other });
});

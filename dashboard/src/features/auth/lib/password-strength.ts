export const minPasswordLength = 12;
export type Strength = "short" | "weak" | "fair" | "strong";

/**
 * A hint, no gate beyond the length: how many guesses somebody needs who knows how people make passwords. Length counts most; the same
 * again, rows of keys and the name itself count little.
 */
export function strengthOf(password: string, name: string): Strength {
  if (Array.from(password).length < minPasswordLength) return "short";
  const lower = password.toLowerCase();
  let rest = name.length >= 3 ? lower.replaceAll(name.toLowerCase(), "") : lower;
  rest = rest.replace(/(.)\1{2,}/g, "$1").replace(/(.{2,})\1+/g, "$1");
  rest = rest.replace(/password|smartroute|admin|qwerty|asdfgh|zxcvbn|letmein|welcome/g, "_");
  rest = rest.replace(/0?123456789?0?|abcdefg?h?/g, "_");
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z\d]/].filter((kind) => kind.test(password)).length;
  const different = new Set(rest).size;
  const bits = Math.min(rest.length, different * 2) * (2.2 + kinds * 0.8);
  if (bits < 40) return "weak";
  return bits < 64 ? "fair" : "strong";
}

export type SignInSearch = { next?: string };
export type SetUpSearch = { code?: string };

export function parseSignInSearch(raw: Record<string, unknown>): SignInSearch {
  return typeof raw.next === "string" && raw.next.length <= 4_096 ? { next: raw.next } : {};
}

export function parseSetUpSearch(raw: Record<string, unknown>): SetUpSearch {
  // A code of digits only comes out of the URL as a number.
  const code = typeof raw.code === "number" ? String(raw.code) : raw.code;
  return typeof code === "string" && code !== "" && code.length <= 256 ? { code } : {};
}

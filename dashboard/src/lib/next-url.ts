/** Where to go after signing in: only ever a path of this page. */
export function safeNext(next: unknown): string {
  if (typeof next !== "string" || !/^\/(?![/\\])/.test(next) || /^\/(sign-in|set-up)\b/.test(next)) return "/";
  // Browsers drop these from URLs, and what is left may begin with two slashes.
  return /[\t\n\r]/.test(next) ? "/" : next;
}

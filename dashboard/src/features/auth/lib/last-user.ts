// Who last used this tab: a draft that waits here belongs to that one.
const key = "smartroute.user";

function read(): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

export function rememberUser(id: string): void {
  try {
    sessionStorage.setItem(key, id);
  } catch {
    // Then no draft is kept either.
  }
}

/** True when somebody else was here before; what was theirs is gone then. */
export function isAnother(id: string): boolean {
  const last = read();
  if (last === null || last === id) return false;
  sessionStorage.clear();
  rememberUser(id);
  return true;
}

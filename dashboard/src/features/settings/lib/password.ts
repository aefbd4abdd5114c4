export const minPasswordLength = 12;
const maxPasswordBytes = 256;

export function passwordProblem(password: string): "short" | "long" | undefined {
  const bytes = new TextEncoder().encode(password).length;
  if (bytes > maxPasswordBytes) return "long";
  return Array.from(password).length < minPasswordLength ? "short" : undefined;
}

// Nothing that is read wrong over the telephone: no 0 O o, 1 l I.
const letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const groups = 5;
const groupLength = 4;

/** Twenty letters, more than 115 bits. Bytes that would favour some letters are thrown away. */
export function generatePassword(random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array = (bytes) => crypto.getRandomValues(bytes)): string {
  const fair = Math.floor(256 / letters.length) * letters.length;
  const out: string[] = [];
  while (out.length < groups * groupLength) {
    for (const byte of random(new Uint8Array(32))) {
      if (byte < fair && out.length < groups * groupLength) out.push(letters.charAt(byte % letters.length));
    }
  }
  return Array.from({ length: groups }, (_, at) => out.slice(at * groupLength, (at + 1) * groupLength).join("")).join("-");
}

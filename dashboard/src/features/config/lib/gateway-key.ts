const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LENGTH = 43;

/** A key nobody can guess: 256 bits out of the browser's own source. */
export function makeGatewayKey(fill: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array = (bytes) => crypto.getRandomValues(bytes)): string {
  let out = "";
  while (out.length < LENGTH) {
    // Bytes past the last whole multiple would make the first digits likelier.
    for (const byte of fill(new Uint8Array(LENGTH))) {
      if (byte < 248 && out.length < LENGTH) out += DIGITS.charAt(byte % DIGITS.length);
    }
  }
  return `sk-sr-${out}`;
}

// Secrets to look for, in every form in which one may lie about, and the places where they were looked for.
import { randomBytes } from "node:crypto";

const alphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
export const letters = (size, from = alphabet) => Array.from(randomBytes(size), (byte) => from[byte % from.length]).join("");

// What keys look like, in two parts each, so that nobody's scanner takes this file for a leak.
const hex = "0123456789abcdef";
const upper = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
export const keyShapes = [
  () => `${"s" + "k-"}${letters(45)}7`,
  () => `${"s" + "k-proj-"}${letters(60)}-x_${letters(20)}`,
  () => `${"s" + "k-ant-api03-"}${letters(80)}`,
  () => `${"s" + "k-or-v1-"}${letters(64, hex)}`,
  () => `${"AI" + "za"}${letters(35)}`,
  () => `${"AK" + "IA"}${letters(16, upper)}`,
  () => `${"gh" + "p_"}${letters(36)}`,
  () => `${"gs" + "k_"}${letters(52)}`,
  () => `${"h" + "f_"}${letters(34)}`,
  () => `${"xa" + "i-"}${letters(80)}`,
];

// Which characters of a value encodings change: JSON, URLs, base64 at each of its three places in a longer text, hexadecimal.
function formsOf(value) {
  const bytes = Buffer.from(value);
  const forms = new Set([value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), bytes.toString("hex"), bytes.toString("hex").toUpperCase()]);
  for (let before = 0; before < 3; ++before) {
    const text = Buffer.concat([Buffer.alloc(before, 97), bytes]).toString("base64");
    const whole = text.slice(before === 0 ? 0 : 4, Math.floor((before + bytes.length) / 3) * 4);
    forms.add(whole).add(whole.replaceAll("+", "-").replaceAll("/", "_"));
  }
  return [...forms].filter((form) => form.length >= 8);
}

export class Canaries {
  #all = []; // {kind, value, home}
  #index = new Map(); // first three bytes of a form -> [{form, canary}]
  #seen = new Uint8Array(1 << 24);

  get size() {
    return this.#all.length;
  }
  get kinds() {
    const kinds = {};
    for (const { kind } of this.#all) kinds[kind] = (kinds[kind] ?? 0) + 1;
    return kinds;
  }

  // `home`: the place where it may lie, as a RegExp of the place's name. Returns the value. Of a long one its end is looked for, so that a
  // piece of it is found, too.
  plant(kind, value = `${kind.replace(/\W/g, "")}-${letters(24)}`, { home, needle = value.length > 24 ? value.slice(-16) : value } = {}) {
    if (!value) throw new Error(`no ${kind}`);
    const canary = { kind, value: needle, home };
    this.#all.push(canary);
    for (const form of formsOf(needle)) {
      const bytes = Buffer.from(form);
      const key = bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
      this.#seen[key] = 1;
      if (!this.#index.has(key)) this.#index.set(key, []);
      this.#index.get(key).push({ bytes, canary });
    }
    return value;
  }

  // Every canary in the bytes of a place: ["kind in place: ...surroundings...", ...]
  hits(place, bytes) {
    const found = [];
    const seen = this.#seen;
    for (let i = 0; i + 3 <= bytes.length; ++i) {
      const key = bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16);
      if (seen[key] === 0) continue;
      for (const { bytes: form, canary } of this.#index.get(key)) {
        if (canary.home?.test(place) || bytes.compare(form, 0, form.length, i, Math.min(i + form.length, bytes.length)) !== 0) continue;
        found.push(`${canary.kind} in ${place}: ...${bytes.subarray(Math.max(0, i - 80), i + form.length + 20).toString("latin1")}...`);
      }
    }
    return found;
  }
}

// Where secrets could end up: kinds of places, each with what was read there.
export class Places {
  #kinds = new Map();
  add(kind, name, bytes) {
    if (!this.#kinds.has(kind)) this.#kinds.set(kind, []);
    this.#kinds.get(kind).push([name, Buffer.isBuffer(bytes) ? bytes : Buffer.from(typeof bytes === "string" ? bytes : JSON.stringify(bytes) ?? "")]);
  }
  // [kind, how many places, bytes]
  get summary() {
    return [...this.#kinds].map(([kind, places]) => [kind, places.length, places.reduce((sum, [, bytes]) => sum + bytes.length, 0)]);
  }
  hits(canaries) {
    return [...this.#kinds].flatMap(([kind, places]) => places.flatMap(([name, bytes]) => canaries.hits(`${kind}: ${name}`, bytes)));
  }
  holds(kind, text) {
    return (this.#kinds.get(kind) ?? []).some(([, bytes]) => bytes.includes(text));
  }
}

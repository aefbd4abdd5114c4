// Stands for @bufbuild/protobuf in the browser (see vite.config.ts): the part of it that JSON messages of this contract need, in a
// fraction of its size. The compiler checks against the real package; proto.test.ts compares the two at run time.
import { enumOf, type Field, type MessageDesc, messageOf, type Scalar } from "./descriptor";
import { durationName } from "./wkt";

type Message = { $typeName: string } & Record<string, unknown>;
type Oneof = { case: string | undefined; value?: unknown };
type ReadOptions = { ignoreUnknownFields?: boolean };

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

const zeros: Record<Scalar, unknown> = { s: "", b: false, i: 0, l: 0n, u: 0n, d: 0, y: undefined };

function zeroOf(field: Field): unknown {
  if (field.list) return [];
  if (field.map) return {};
  const { type } = field;
  if (type.kind === "scalar") return type.scalar === "y" ? new Uint8Array() : zeros[type.scalar];
  return type.kind === "enum" ? 0 : undefined;
}

function empty(desc: MessageDesc): Message {
  const message: Message = { $typeName: desc.typeName };
  for (const field of desc.fields) {
    if (field.optional || field.oneof !== undefined) continue;
    const zero = zeroOf(field);
    if (zero !== undefined) message[field.name] = zero;
  }
  for (const oneof of desc.oneofs) message[oneof] = { case: undefined };
  return message;
}

function madeValue(field: Field, value: unknown): unknown {
  const { type } = field;
  if (type.kind !== "message") return value;
  const one = (init: unknown) => create(messageOf(type.typeName), init);
  if (field.list) return Array.isArray(value) ? value.map(one) : value;
  if (field.map && isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, init]) => [key, one(init)]));
  return one(value);
}

export function create(desc: MessageDesc, init?: unknown): Message {
  if (isRecord(init) && init.$typeName === desc.typeName) return init as Message;
  const message = empty(desc);
  if (!isRecord(init)) return message;
  for (const field of desc.fields) {
    if (field.oneof !== undefined) {
      const given = init[field.oneof] as Oneof | undefined;
      if (given?.case === field.name) message[field.oneof] = { case: field.name, value: madeValue(field, given.value) };
    } else if (init[field.name] !== undefined && init[field.name] !== null) message[field.name] = madeValue(field, init[field.name]);
  }
  return message;
}

const decoder = { bytes: (text: string) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0)) };

function encodedBytes(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/* Writing */

function jsonOfOne(field: Field, value: unknown): unknown {
  if (field.type.kind === "message") return toJson(messageOf(field.type.typeName), value as Message);
  if (field.type.kind === "enum") return enumOf(field.type.typeName).names.get(value as number) ?? value;
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return encodedBytes(value);
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

function jsonOf(field: Field, value: unknown): unknown {
  if (field.list && Array.isArray(value)) return value.map((one) => jsonOfOne(field, one));
  if (field.map && isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, jsonOfOne(field, one)]));
  return jsonOfOne(field, value);
}

function isZero(field: Field, value: unknown): boolean {
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0;
  if (field.map) return Object.keys(value as object).length === 0;
  return value === zeroOf(field);
}

function durationJson(message: Message): string {
  const nanos = Number(message.nanos);
  const sign = nanos < 0 || (message.seconds as bigint) < 0n ? "-" : "";
  const fraction = nanos === 0 ? "" : `.${String(Math.abs(nanos)).padStart(9, "0").replace(/(000){1,2}$/, "")}`;
  return `${sign}${String(message.seconds).replace("-", "")}${fraction}s`;
}

export function toJson(desc: MessageDesc, message: Message): unknown {
  if (desc.typeName === durationName) return durationJson(message);
  const json: Record<string, unknown> = {};
  for (const field of desc.fields) {
    if (field.oneof !== undefined) {
      const given = message[field.oneof] as Oneof;
      if (given.case === field.name) json[field.name] = jsonOf(field, given.value);
      continue;
    }
    const value = message[field.name];
    if (value === undefined || (!field.optional && field.type.kind !== "message" && isZero(field, value))) continue;
    if ((field.list || field.map) && isZero(field, value)) continue;
    json[field.name] = jsonOf(field, value);
  }
  return json;
}

/* Reading */

function wrong(field: Field, value: unknown): never {
  throw new Error(`${field.name}: ${String(JSON.stringify(value)).slice(0, 80)} is not what the contract has there`);
}

function scalarFrom(field: Field, scalar: Scalar, value: unknown): unknown {
  if (scalar === "s" && typeof value === "string") return value;
  if (scalar === "b" && typeof value === "boolean") return value;
  if (scalar === "y" && typeof value === "string") return decoder.bytes(value);
  if ((scalar === "l" || scalar === "u") && (typeof value === "string" || typeof value === "number") && value !== "") return BigInt(value);
  if (scalar === "i" || scalar === "d") {
    if (typeof value === "number") return value;
    if (typeof value === "string" && value.trim() !== "") {
      const number = Number(value);
      if (!Number.isNaN(number) || value === "NaN") return number;
    }
  }
  return wrong(field, value);
}

function oneFrom(field: Field, value: unknown, options: ReadOptions): unknown {
  const { type } = field;
  if (type.kind === "message") return fromJson(messageOf(type.typeName), value, options);
  if (type.kind === "scalar") return scalarFrom(field, type.scalar, value);
  if (typeof value === "number") return value;
  const number = typeof value === "string" ? enumOf(type.typeName).numbers.get(value) : undefined;
  // A value that a newer server knows: none that we do.
  if (number === undefined && options.ignoreUnknownFields && typeof value === "string") return 0;
  return number ?? wrong(field, value);
}

function valueFrom(field: Field, value: unknown, options: ReadOptions): unknown {
  if (field.list) return Array.isArray(value) ? value.map((one) => oneFrom(field, one, options)) : wrong(field, value);
  if (!field.map) return oneFrom(field, value, options);
  if (!isRecord(value)) return wrong(field, value);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, oneFrom(field, one, options)]));
}

function durationFrom(desc: MessageDesc, json: unknown): Message {
  const [, sign = "", whole = "", fraction = ""] = (typeof json === "string" && /^(-?)(\d+)(?:\.(\d{1,9}))?s$/.exec(json)) || [];
  if (whole === "") throw new Error("no duration");
  const by = sign === "-" ? -1 : 1;
  return create(desc, { seconds: BigInt(by) * BigInt(whole), nanos: by * Number(fraction.padEnd(9, "0")) });
}

const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Names are taken as JSON has them and as the contract writes them, both. */
export function fromJson(desc: MessageDesc, json: unknown, options: ReadOptions = {}): Message {
  if (desc.typeName === durationName) return durationFrom(desc, json);
  if (!isRecord(json)) throw new Error(`${desc.typeName}: no JSON object`);
  const message = empty(desc);
  for (const [key, value] of Object.entries(json)) {
    const field = desc.byName.get(key) ?? desc.byName.get(camel(key));
    if (!field) {
      if (options.ignoreUnknownFields) continue;
      throw new Error(`${desc.typeName} has no field ${key}`);
    }
    if (value === null) continue;
    const read = valueFrom(field, value, options);
    if (field.oneof !== undefined) message[field.oneof] = { case: field.name, value: read };
    else message[field.name] = read;
  }
  return message;
}

// What the generated files say about messages, in the words of tools/compact-descriptor.mjs.
export type Scalar = "s" | "b" | "i" | "l" | "u" | "d" | "y";
export type FieldType = { kind: "scalar"; scalar: Scalar } | { kind: "message"; typeName: string } | { kind: "enum"; typeName: string };
export type Field = {
  name: string;
  type: FieldType;
  list: boolean;
  /** Absent is not the same as zero. */
  optional: boolean;
  oneof: string | undefined;
  map: boolean;
};
export type MessageDesc = { kind: "message"; typeName: string; fields: Field[]; byName: Map<string, Field>; oneofs: string[]; enums: EnumDesc[] };
export type EnumDesc = { kind: "enum"; typeName: string; numbers: Map<string, number>; names: Map<number, string> };
export type MethodDesc = { kind: "rpc"; name: string; methodKind: "unary"; parent: ServiceDesc; input: MessageDesc; output: MessageDesc };
export type ServiceDesc = { kind: "service"; typeName: string; method: Record<string, MethodDesc> };
export type FileDesc = { messages: MessageDesc[]; enums: EnumDesc[]; services: ServiceDesc[] };

const messages = new Map<string, MessageDesc>();
const enums = new Map<string, EnumDesc>();

function known<T>(map: Map<string, T>, typeName: string): T {
  const found = map.get(typeName);
  if (!found) throw new Error(`no type ${typeName}`);
  return found;
}
export const messageOf = (typeName: string): MessageDesc => known(messages, typeName);
export const enumOf = (typeName: string): EnumDesc => known(enums, typeName);

function typeOf(text: string): FieldType {
  if (text.startsWith(".")) return { kind: "message", typeName: text.slice(1) };
  if (text.startsWith("#")) return { kind: "enum", typeName: text.slice(1) };
  return { kind: "scalar", scalar: text as Scalar };
}

function fieldOf(text: string): Field {
  const [, name = "", type = "", marks = ""] = /^(\w+):([.#]?[\w.]+)(.*)$/.exec(text) ?? [];
  return {
    name,
    type: typeOf(type),
    list: marks.includes("*"),
    optional: marks.includes("?"),
    oneof: marks.startsWith("|") ? marks.slice(1) : undefined,
    map: marks.startsWith("{"),
  };
}

export function defineMessage(typeName: string, fields: Field[]): MessageDesc {
  const oneofs = [...new Set(fields.flatMap((field) => field.oneof ?? []))];
  const desc: MessageDesc = { kind: "message", typeName, fields, byName: new Map(fields.map((field) => [field.name, field])), oneofs, enums: [] };
  messages.set(typeName, desc);
  return desc;
}

function defineEnum(typeName: string, values: string[]): EnumDesc {
  const numbers = new Map(values.map((value) => [value.split("=")[0] ?? "", Number(value.split("=")[1])]));
  const desc: EnumDesc = { kind: "enum", typeName, numbers, names: new Map([...numbers].map(([name, number]) => [number, name])) };
  enums.set(typeName, desc);
  return desc;
}

function defineService(typeName: string, methods: string[]): ServiceDesc {
  const service: ServiceDesc = { kind: "service", typeName, method: {} };
  for (const text of methods) {
    const [name = "", input = "", output = ""] = text.split(":");
    const localName = name.charAt(0).toLowerCase() + name.slice(1);
    service.method[localName] = { kind: "rpc", name, methodKind: "unary", parent: service, input: messageOf(input), output: messageOf(output) };
  }
  return service;
}

export function defineFile(text: string): FileDesc {
  const file: FileDesc = { messages: [], enums: [], services: [] };
  for (const line of text.split("\n")) {
    const [kind, typeName = "", ...rest] = line.split(" ");
    if (kind === "m") file.messages.push(defineMessage(typeName, rest.map(fieldOf)));
    else if (kind === "e") file.enums.push(defineEnum(typeName, rest));
    else if (kind === "n") file.messages.at(-1)?.enums.push(defineEnum(typeName, rest));
    else if (kind === "s") file.services.push(defineService(typeName, rest));
  }
  return file;
}

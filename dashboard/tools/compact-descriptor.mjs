// From a file's descriptor, as protoc-gen-es embeds it, to the few words that src/lib/proto needs: a tenth of the bytes, and no binary
// parser in the browser. One line an element, told apart by its first letter:
//   m NAME field field ...   a message; fields as name:type, with * (list), ? (may be absent), {K (map by K), |oneof
//   e NAME VALUE=0 ...       an enum; n, where it lies in the message above
//   s NAME Method:Input:Output ...   a service; streams are left out, they are no calls
// Types: s string, b bool, i 32 bits, l signed 64 bits, u unsigned 64 bits, d floating, y bytes, .full.Name a message, #full.Name an enum.
import { fromBinary } from "@bufbuild/protobuf";
import { base64Decode } from "@bufbuild/protobuf/wire";
import { FieldDescriptorProto_Label as Label, FieldDescriptorProto_Type as Type, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

const letters = new Map([
  [Type.STRING, "s"],
  [Type.BOOL, "b"],
  [Type.INT32, "i"],
  [Type.UINT32, "i"],
  [Type.SINT32, "i"],
  [Type.FIXED32, "i"],
  [Type.SFIXED32, "i"],
  [Type.INT64, "l"],
  [Type.SINT64, "l"],
  [Type.SFIXED64, "l"],
  [Type.UINT64, "u"],
  [Type.FIXED64, "u"],
  [Type.DOUBLE, "d"],
  [Type.FLOAT, "d"],
  [Type.BYTES, "y"],
]);

const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

function typeOf(field) {
  if (field.type === Type.MESSAGE) return field.typeName;
  if (field.type === Type.ENUM) return `#${field.typeName.slice(1)}`;
  const letter = letters.get(field.type);
  if (!letter) throw new Error(`${field.name} has a type that src/lib/proto does not know`);
  return letter;
}

function fieldOf(field, message, fullName) {
  const name = camel(field.name);
  if (field.jsonName && field.jsonName !== name) throw new Error(`${field.name} has a JSON name of its own`);
  const entry = message.nestedType.find((one) => one.options?.mapEntry && `.${fullName}.${one.name}` === field.typeName);
  if (entry) return `${name}:${typeOf(entry.field[1])}{${typeOf(entry.field[0])}`;
  const list = field.label === Label.REPEATED ? "*" : "";
  const optional = field.proto3Optional ? "?" : "";
  const oneof = field.oneofIndex !== undefined && !field.proto3Optional && inOneof(field) ? `|${camel(message.oneofDecl[field.oneofIndex].name)}` : "";
  return `${name}:${typeOf(field)}${list}${optional}${oneof}`;
}

// An index of 0 cannot be told from none by its value.
const inOneof = (field) => Object.hasOwn(field, "oneofIndex");

export function compactDescriptor(base64) {
  const file = fromBinary(FileDescriptorProtoSchema, base64Decode(base64));
  const lines = [];
  for (const message of file.messageType) {
    const fullName = `${file.package}.${message.name}`;
    const nested = message.nestedType.filter((one) => !one.options?.mapEntry);
    if (nested.length > 0) throw new Error(`${fullName}: src/lib/proto knows no nested messages`);
    lines.push(["m", fullName, ...message.field.map((field) => fieldOf(field, message, fullName))].join(" "));
    for (const one of message.enumType) lines.push(enumOf(one, fullName).replace("e ", "n "));
  }
  for (const one of file.enumType) lines.push(enumOf(one, file.package));
  for (const service of file.service) {
    const methods = service.method
      .filter((method) => !method.clientStreaming && !method.serverStreaming)
      .map((method) => `${method.name}:${method.inputType.slice(1)}:${method.outputType.slice(1)}`);
    lines.push(["s", `${file.package}.${service.name}`, ...methods].join(" "));
  }
  return lines.join("\n");
}

const enumOf = (one, scope) => ["e", `${scope}.${one.name}`, ...one.value.map((value) => `${value.name}=${value.number}`)].join(" ");

/** In the text of a generated file. */
export function withCompactDescriptor(text) {
  return text.replace(/fileDesc\("([A-Za-z0-9+/=]+)"/, (_, base64) => `fileDesc(${JSON.stringify(compactDescriptor(base64))}`);
}

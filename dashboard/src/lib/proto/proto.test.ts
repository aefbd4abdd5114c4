// Ours beside the real package, on every message of the contract.
import "@/gen/smartroute/v1/admin_pb";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { AccountRole, ListRecordsRequestSchema, LogService, TerminalBatchSchema, UserSchema } from "@/gen/smartroute/v1/admin_pb";
import { messageOf } from "./descriptor";
import * as ours from "./index";

type Real = typeof import("@bufbuild/protobuf");
type RealWkt = typeof import("@bufbuild/protobuf/wkt");
const packageUrl = (file: string) => pathToFileURL(resolve(`node_modules/@bufbuild/protobuf/dist/esm/${file}`)).href;
const real = (await import(/* @vite-ignore */ packageUrl("index.js"))) as Real;
const wkt = (await import(/* @vite-ignore */ packageUrl("wkt/index.js"))) as RealWkt;

function descriptors() {
  const folder = mkdtempSync(join(tmpdir(), "proto-test-"));
  const file = join(folder, "set");
  try {
    execFileSync("protoc", ["-I", "../proto", "--include_imports", `--descriptor_set_out=${file}`, "smartroute/v1/admin.proto"]);
    return real.createFileRegistry(real.fromBinary(wkt.FileDescriptorSetSchema, readFileSync(file)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const registry = descriptors();
const types = [...registry].filter((type): type is DescMessage => type.kind === "message" && type.typeName.startsWith("smartroute."));

type Fill = "nothing" | "zero" | "some";

function oneOf(field: DescField, fill: Fill, depth: number): unknown {
  if (field.message) {
    if (field.message.typeName === "google.protobuf.Duration") return fill === "zero" ? { seconds: 0n, nanos: 0 } : { seconds: 5n, nanos: 120_000_000 };
    return initOf(field.message, depth > 2 ? "nothing" : fill, depth + 1);
  }
  if (field.enum) return fill === "zero" ? 0 : (field.enum.values.at(-1)?.number ?? 0);
  const zero = real.ScalarType;
  switch (field.scalar) {
    case zero.STRING:
      return fill === "zero" ? "" : `text "of" ${field.name} é 中`;
    case zero.BOOL:
      return fill !== "zero";
    case zero.BYTES:
      return fill === "zero" ? new Uint8Array() : new Uint8Array([0, 255, 128, 7]);
    case zero.DOUBLE:
      return fill === "zero" ? 0 : 1.25;
    case zero.INT64:
      return fill === "zero" ? 0n : -9_007_199_254_740_993n;
    case zero.UINT64:
    case zero.FIXED64:
      return fill === "zero" ? 0n : 18_446_744_073_709_551_615n;
    default:
      return fill === "zero" ? 0 : 42;
  }
}

function initOf(type: DescMessage, fill: Fill, depth = 0): Record<string, unknown> {
  const init: Record<string, unknown> = {};
  if (fill === "nothing") return init;
  for (const field of type.fields) {
    const one = oneOf(field, fill, depth);
    let value = one;
    if (field.fieldKind === "list") value = fill === "zero" ? [] : [one, one];
    if (field.fieldKind === "map") value = fill === "zero" ? {} : { a: one, "b.c": one };
    if (field.oneof) init[field.oneof.localName] = { case: field.localName, value };
    else init[field.localName] = value;
  }
  return init;
}

describe.each(types.map((type) => [type.typeName, type] as const))("%s", (typeName, type) => {
  it.each(["nothing", "zero", "some"] as const)("is made, written and read as by the real package, holding %s", (fill) => {
    const init = initOf(type, fill);
    const theirMessage = real.create(type, init);
    const ourMessage = ours.create(messageOf(typeName), init);
    expect(ourMessage).toEqual(theirMessage);
    const json = real.toJson(type, theirMessage);
    expect(ours.toJson(messageOf(typeName), ourMessage)).toEqual(json);
    expect(ours.fromJson(messageOf(typeName), json)).toEqual(real.fromJson(type, json));
    const byContract = real.toJson(type, theirMessage, { useProtoFieldName: true, alwaysEmitImplicit: true });
    expect(ours.fromJson(messageOf(typeName), byContract)).toEqual(real.fromJson(type, byContract));
  });
});

describe("reading what a server sent", () => {
  const read = (json: unknown, options = {}) => ours.fromJson(messageOf(UserSchema.typeName), json, options);
  it("refuses what the contract does not have, unless told to overlook it", () => {
    expect(() => read({ shoes: 1 })).toThrow(/shoes/);
    expect(read({ name: "ada", shoes: 1 }, { ignoreUnknownFields: true })).toMatchObject({ name: "ada" });
  });
  it("takes a role it does not know for none", () => {
    expect(read({ role: "ACCOUNT_ROLE_OWNER" }, { ignoreUnknownFields: true })).toMatchObject({ role: AccountRole.UNSPECIFIED });
  });
  it.each([
    ["a number where a text belongs", { name: 5 }],
    ["a text where a flag belongs", { twoFactor: "yes" }],
    ["a fraction where a count belongs", { createdAtMs: 1.5 }],
    ["a list where a message belongs", []],
  ])("refuses %s", (_, json) => {
    expect(() => read(json)).toThrow();
  });
  it("takes null for absent", () => {
    expect(read({ name: null })).toMatchObject({ name: "" });
  });
  it("reads names as the contract writes them", () => {
    const batch = ours.fromJson(messageOf(TerminalBatchSchema.typeName), { lines: [{ at_us: "12", request_id: "r" }], dropped: "3" });
    expect(batch).toMatchObject({ dropped: 3n, lines: [{ atUs: 12n, requestId: "r" }] });
  });
});

describe("services", () => {
  it("know path and types of their methods", () => {
    const { listRecords } = LogService.method;
    expect(listRecords.name).toBe("ListRecords");
    expect(listRecords.parent.typeName).toBe("smartroute.admin.v1.LogService");
    expect(listRecords.input.typeName).toBe(ListRecordsRequestSchema.typeName);
  });
});

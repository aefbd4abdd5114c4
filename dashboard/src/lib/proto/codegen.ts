// Stands for @bufbuild/protobuf/codegenv2 in the generated files (see vite.config.ts).
import { defineFile, type EnumDesc, type FileDesc, type MessageDesc, type ServiceDesc } from "./descriptor";

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the generated files do not fit together");
  return value;
}

export const fileDesc = (text: string): FileDesc => defineFile(text);
export const messageDesc = (file: FileDesc, index: number): MessageDesc => found(file.messages[index]);
export const serviceDesc = (file: FileDesc, index: number): ServiceDesc => found(file.services[index]);
export const enumDesc = (file: FileDesc, index: number, nested?: number): EnumDesc =>
  found(nested === undefined ? file.enums[index] : file.messages[index]?.enums[nested]);

// Stands for @bufbuild/protobuf/wkt in the generated files: the contract uses no other well-known type.
import { defineFile, type FileDesc } from "./descriptor";

export const durationName = "google.protobuf.Duration";
export const file_google_protobuf_duration: FileDesc = defineFile(`m ${durationName} seconds:l nanos:i`);

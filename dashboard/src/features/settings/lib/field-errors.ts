import { ApiError } from "@/lib/api";

export interface FieldErrors<Field extends string> {
  fields: Partial<Record<Field, string>>;
  /** What belongs to no field. */
  rest: unknown;
}

/** The server's problems on the fields they name; paths are as in the API: new_password. */
export function fieldErrors<Field extends string>(error: unknown, paths: Record<string, Field>): FieldErrors<Field> {
  if (!(error instanceof ApiError)) return { fields: {}, rest: error ?? undefined };
  const fields: Partial<Record<Field, string>> = {};
  for (const problem of error.problems) {
    const field = paths[problem.path];
    if (field !== undefined) fields[field] = problem.message;
  }
  return Object.keys(fields).length > 0 ? { fields, rest: undefined } : { fields, rest: error };
}

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { ConfigService } from "@/gen/smartroute/v1/admin_pb";
import { Problem_Severity } from "@/gen/smartroute/v1/sync_pb";
import { ApiError, type ApiProblem, call } from "@/lib/api";

export interface CheckedText {
  text: string;
  problems: ApiProblem[];
  valid: boolean;
}

const source = (text: string) => ({ form: { case: "text" as const, value: text } });

async function check(text: string): Promise<CheckedText> {
  const answer = await call(ConfigService.method.validateConfig, { source: source(text) });
  const problems = answer.problems
    .filter((problem) => !problem.what.startsWith("is the shortened form of a key"))
    .map((problem): ApiProblem => ({ path: problem.path, message: problem.what, severity: problem.severity === Problem_Severity.WARNING ? "warning" : "error", ...(problem.nearest ? { nearest: problem.nearest } : {}), ...(problem.line ? { line: problem.line } : {}) }));
  return { text, problems, valid: answer.valid };
}

/** A document as text: typed, pasted or dropped; checked first, saved then. */
export function useTextEditor(start: string) {
  const [text, setText] = useState(start);
  const checking = useMutation({ mutationFn: check });
  const saving = useMutation({
    mutationFn: ({ note, base }: { note: string; base: bigint }) => call(ConfigService.method.putConfig, { source: source(text), baseRevision: base, note }),
    meta: { ownsError: true },
  });
  const refused = saving.error instanceof ApiError ? saving.error : undefined;
  const checked = checking.data?.text === text ? checking.data : undefined;
  return { text, setText, checking, saving, checked, refused };
}

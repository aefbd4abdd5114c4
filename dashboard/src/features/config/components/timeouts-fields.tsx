import type { Path } from "@/lib/config-draft";
import { TIMEOUTS } from "../lib/fields";
import { ConfigField } from "./config-field";

export function TimeoutsFields({ path }: { path: Path }) {
  return (
    <div className="grid grid-cols-2 items-start gap-x-4 gap-y-5">
      {TIMEOUTS.map((name) => (
        <ConfigField key={name} path={[...path, "timeouts", name]} />
      ))}
    </div>
  );
}

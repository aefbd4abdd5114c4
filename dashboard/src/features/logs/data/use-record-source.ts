import { useState } from "react";
import type { RequestRecord } from "@/gen/smartroute/v1/telemetry_pb";
import type { Range } from "@/hooks/use-range";
import type { LogsSearch } from "../search";
import { type Live, useLive } from "./use-live";
import { type Records, useRecords } from "./use-records";

export type RecordSource = {
  rows: readonly RequestRecord[];
  list: Records;
  live: Live;
  paused: boolean;
  setPaused: (paused: boolean) => void;
  held: "" | "pointing" | "scrolled" | "reading";
  setPointing: (pointing: boolean) => void;
  setScrolled: (scrolled: boolean) => void;
};

/** The rows there are: from the log, or in live mode as they come. */
export function useRecordSource(search: LogsSearch, range: Range): RecordSource {
  const on = search.live === true;
  const [paused, setPaused] = useState(false);
  const [pointing, setPointing] = useState(false);
  const [scrolled, setScrolled] = useState(false);
  // Nothing may move under the pointer, nor where somebody reads.
  const held = search.record !== undefined ? "reading" : scrolled ? "scrolled" : pointing ? "pointing" : "";
  const list = useRecords(search, range, !on);
  const live = useLive(search, on, paused || held !== "");
  return { rows: on ? live.records : list.rows, list, live, paused, setPaused, held, setPointing, setScrolled };
}

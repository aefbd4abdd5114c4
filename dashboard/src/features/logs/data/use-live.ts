import { toJson } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { useEffect, useMemo, useRef, useState } from "react";
import { RecordFilterSchema } from "@/gen/smartroute/v1/admin_pb";
import { openSocket, type SocketState } from "@/lib/api";
import { conditionsOf } from "../lib/filter";
import { LiveBuffer, type LiveState } from "../lib/live-buffer";
import type { LogsSearch } from "../search";

const backlog = 200;
const nothing: LiveState = { records: [], waiting: 0, dropped: 0, error: "" };

export type Live = LiveState & { socket: SocketState };

/** Records as they are stored, while `on`; `hold` lets them wait. */
export function useLive(search: LogsSearch, on: boolean, hold: boolean): Live {
  const [state, setState] = useState(nothing);
  const [socket, setSocket] = useState<SocketState>("connecting");
  const filter = useMemo(() => JSON.stringify(toJson(RecordFilterSchema, create(RecordFilterSchema, conditionsOf(search)))), [search]);
  const held = useRef(hold);
  const schedule = useRef<() => void>(undefined);
  useEffect(() => {
    held.current = hold;
    schedule.current?.();
  }, [hold]);

  useEffect(() => {
    if (!on) return;
    const buffer = new LiveBuffer();
    let frame = 0;
    const paint = () => {
      frame = 0;
      setState(buffer.paint(held.current));
    };
    const ask = () => {
      if (frame === 0) frame = requestAnimationFrame(paint);
    };
    schedule.current = ask;
    const connection = openSocket({
      path: "/admin/v1/logs/tail",
      params: { filter, backlog },
      onMessage(text) {
        buffer.receive(text);
        ask();
      },
      onState: setSocket,
    });
    return () => {
      connection.close();
      cancelAnimationFrame(frame);
      schedule.current = undefined;
      setState(nothing);
      setSocket("connecting");
    };
  }, [on, filter]);

  return { ...state, socket };
}

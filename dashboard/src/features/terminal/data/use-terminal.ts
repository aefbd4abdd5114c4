import { useEffect, useState, useSyncExternalStore } from "react";
import { openSocket, type SocketState } from "@/lib/api";
import { backlog, type Snapshot, TerminalStore } from "../lib/terminal-store";
import type { TerminalSearch } from "../search";

export type Terminal = { store: TerminalStore; snapshot: Snapshot; socket: SocketState };

/** The live lines, for as long as the page is open. */
export function useTerminal(search: TerminalSearch): Terminal {
  const [store] = useState(() => new TerminalStore());
  const [socket, setSocket] = useState<SocketState>("connecting");
  const snapshot = useSyncExternalStore(store.subscribe, store.snapshot);
  useEffect(() => store.setFilter(search), [store, search]);
  useEffect(() => {
    const connection = openSocket({
      path: "/admin/v1/terminal",
      params: { backlog },
      onMessage: (text) => store.receive(text),
      onState(state) {
        if (state === "open") store.reconnected();
        setSocket(state);
      },
    });
    return () => connection.close();
  }, [store]);
  return { store, snapshot, socket };
}

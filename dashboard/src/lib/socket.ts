import { apiUrl } from "./api";

export type SocketState = "connecting" | "open" | "lost" | "closed";
export type Socket = { close(): void; send(text: string): void };
export type SocketOptions = {
  path: string;
  /** Read anew at every attempt, when it is a function. */
  params?: Parameters<typeof apiUrl>[1] | (() => Parameters<typeof apiUrl>[1]);
  onMessage(text: string): void;
  onState?(state: SocketState): void;
};

const protocol = "smartroute.v1";
const firstWaitMs = 500;
const longestWaitMs = 15_000;

/** How long to wait before attempt n (from 0): doubling, half of it by chance so that tabs do not come back together. */
export function backoffMs(attempt: number, chance: number): number {
  const whole = Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(attempt, 10));
  return Math.max(firstWaitMs, whole / 2 + (whole / 2) * chance);
}

/** A socket to this origin that comes back by itself until closed. */
export function openSocket(options: SocketOptions): Socket {
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let done = false;

  const connect = () => {
    timer = undefined;
    options.onState?.("connecting");
    const params = typeof options.params === "function" ? options.params() : options.params;
    const url = new URL(apiUrl(options.path, params), window.location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const mine = new WebSocket(url, protocol);
    socket = mine;
    mine.onopen = () => {
      if (mine !== socket) return;
      attempt = 0;
      options.onState?.("open");
    };
    mine.onmessage = (event: MessageEvent) => {
      if (mine === socket && typeof event.data === "string") options.onMessage(event.data);
    };
    mine.onclose = () => {
      if (mine !== socket || done) return;
      socket = undefined;
      options.onState?.("lost");
      timer = setTimeout(connect, backoffMs(attempt++, Math.random()));
    };
  };
  // Back online: no need to wait the rest of the time out.
  const hurry = () => {
    if (timer === undefined) return;
    clearTimeout(timer);
    connect();
  };
  window.addEventListener("online", hurry);
  connect();

  return {
    send(text) {
      if (socket?.readyState === WebSocket.OPEN) socket.send(text);
    },
    close() {
      if (done) return;
      done = true;
      window.removeEventListener("online", hurry);
      clearTimeout(timer);
      const last = socket;
      socket = undefined;
      last?.close(1000);
      options.onState?.("closed");
    },
  };
}

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { backoffMs, openSocket, type SocketState } from "./socket";

class FakeSocket {
  static OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 0;
  sent: string[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  url: string;
  protocol: string;
  constructor(url: URL, protocol: string) {
    this.url = url.href;
    this.protocol = protocol;
    FakeSocket.all.push(this);
  }
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    this.closed = true;
  }
  open() {
    this.readyState = 1;
    this.onopen?.();
  }
}
const last = () => FakeSocket.all.at(-1) ?? expect.fail("no socket was opened");

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  vi.stubGlobal("WebSocket", FakeSocket);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function open() {
  const states: SocketState[] = [];
  const texts: string[] = [];
  const socket = openSocket({ path: "/admin/v1/terminal", params: { backlog: 10 }, onMessage: (text) => texts.push(text), onState: (state) => states.push(state) });
  return { socket, states, texts };
}

describe("openSocket", () => {
  it("opens at this origin, with the subprotocol", () => {
    const { socket } = open();
    expect(last().url).toBe("ws://localhost:3000/admin/v1/terminal?backlog=10");
    expect(last().protocol).toBe("smartroute.v1");
    socket.close();
  });

  it("passes on texts, and comes back after it was lost", () => {
    const { socket, states, texts } = open();
    last().open();
    last().onmessage?.({ data: "one" });
    last().onclose?.();
    expect(states).toEqual(["connecting", "open", "lost"]);
    vi.advanceTimersByTime(500);
    last().open();
    last().onmessage?.({ data: "two" });
    expect(texts).toEqual(["one", "two"]);
    expect(states.slice(3)).toEqual(["connecting", "open"]);
    socket.close();
  });

  it("stays closed when it was closed", () => {
    const { socket, states } = open();
    const first = last();
    socket.close();
    first.onclose?.();
    vi.advanceTimersByTime(60_000);
    expect(FakeSocket.all).toHaveLength(1);
    expect(first.closed).toBe(true);
    expect(states.at(-1)).toBe("closed");
  });

  it("does not wait any longer when the network is back", () => {
    const { socket } = open();
    for (let i = 0; i < 6; ++i) {
      last().onclose?.();
      vi.advanceTimersByTime(15_000);
    }
    const before = FakeSocket.all.length;
    last().onclose?.();
    window.dispatchEvent(new Event("online"));
    expect(FakeSocket.all).toHaveLength(before + 1);
    socket.close();
  });
});

describe("backoffMs", () => {
  it("grows from half a second to fifteen, part of it by chance", () => {
    expect(backoffMs(0, 0)).toBe(500);
    expect(backoffMs(3, 0)).toBe(2_000);
    expect(backoffMs(3, 1)).toBe(4_000);
    expect(backoffMs(99, 1)).toBe(15_000);
  });
});

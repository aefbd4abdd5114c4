// The client's end of a WebSocket (RFC 6455), by hand: with headers of its own, and a reader that can stop reading.
import { createHash, randomBytes } from "node:crypto";
import { connect } from "node:net";

import { until } from "./world.mjs";

const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const kinds = { text: 1, close: 8, ping: 9, pong: 10 };

function frame(kind, payload) {
  const mask = randomBytes(4);
  const size = payload.length < 126 ? [payload.length | 0x80] : [126 | 0x80, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from([0x80 | kind, ...size]), mask, payload.map((byte, i) => byte ^ mask[i % 4])]);
}

export class WebSocketClient {
  messages = []; // texts that came, parsed as JSON
  closed = undefined; // {code, reason} once the other side said so; {} when the connection ended without a word
  #bytes = Buffer.alloc(0);
  #parts = [];

  // Opens address + target. Resolves with a client, or with {status, body} when the offer is refused.
  static async open(address, target, { headers = {}, protocols = [] } = {}) {
    const [, host, port] = /^(.*):(\d+)$/.exec(address);
    return WebSocketClient.over(connect({ host, port: Number(port) }), address, target, { headers, protocols });
  }

  // The same on a socket that somebody else has opened, to `address` as Host says it.
  static async over(socket, address, target, { headers = {}, protocols = [] } = {}) {
    const key = randomBytes(16).toString("base64");
    const lines = [
      `GET ${target} HTTP/1.1`, `Host: ${address}`, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", `Sec-WebSocket-Key: ${key}`,
      ...(protocols.length > 0 ? [`Sec-WebSocket-Protocol: ${protocols.join(", ")}`] : []),
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ];
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    const client = new WebSocketClient();
    client.socket = socket;
    return new Promise((resolve, reject) => {
      let head = Buffer.alloc(0);
      const refused = () => {
        const [top, body = ""] = head.toString().split("\r\n\r\n");
        resolve({ status: Number(top.split(" ")[1]), body });
      };
      const read = (data) => {
        head = Buffer.concat([head, data]);
        const end = head.indexOf("\r\n\r\n");
        if (end < 0 || !head.subarray(0, 12).toString().endsWith(" 101")) return;
        const top = head.subarray(0, end).toString();
        const accept = createHash("sha1").update(key + guid).digest("base64");
        if (!top.split("\r\n").some((line) => line.toLowerCase() === `sec-websocket-accept: ${accept.toLowerCase()}` && line.endsWith(accept)))
          return reject(new Error(`not the accept of our key: ${top}`));
        client.protocol = /^sec-websocket-protocol: (.*)$/im.exec(top)?.[1];
        socket.off("data", read).off("close", refused);
        socket.on("data", (more) => client.#take(more)).on("close", () => (client.closed ??= {}));
        client.#take(head.subarray(end + 4));
        resolve(client);
      };
      socket.on("data", read).on("close", refused).on("error", () => {});
    });
  }

  #take(data) {
    this.#bytes = Buffer.concat([this.#bytes, data]);
    for (;;) {
      const bytes = this.#bytes;
      if (bytes.length < 2) return;
      if (bytes[1] & 0x80) throw new Error("a server must not mask");
      let size = bytes[1] & 127;
      let at = 2;
      if (size >= 126) {
        at = size === 126 ? 4 : 10;
        if (bytes.length < at) return;
        size = size === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
      }
      if (bytes.length < at + size) return;
      this.#bytes = bytes.subarray(at + size);
      this.#on(bytes[0] & 15, (bytes[0] & 0x80) !== 0, bytes.subarray(at, at + size));
    }
  }

  #on(kind, last, payload) {
    if (kind === kinds.ping) return this.socket.write(frame(kinds.pong, payload));
    if (kind === kinds.close) {
      this.closed = { code: payload.length >= 2 ? payload.readUInt16BE(0) : undefined, reason: payload.subarray(2).toString() };
      return this.socket.end(frame(kinds.close, payload.subarray(0, 2)));
    }
    if (kind > kinds.text) return;
    this.#parts.push(payload);
    if (!last) return;
    this.messages.push(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(this.#parts))));
    this.#parts = [];
  }

  send(text) {
    this.socket.write(frame(kinds.text, Buffer.from(text)));
  }
  pause() {
    this.socket.pause();
  }
  resume() {
    this.socket.resume();
  }
  // The records that came so far.
  get records() {
    return this.messages.flatMap(({ record }) => record ?? []);
  }
  get dropped() {
    return this.messages.reduce((sum, { dropped = 0 }) => sum + Number(dropped), 0);
  }
  untilRecords(count) {
    return until(`${count} records by WebSocket`, () => this.records.length >= count && this.records);
  }
  close() {
    this.socket.destroy();
  }
}

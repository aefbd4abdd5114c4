// A TCP client that sends exactly the bytes it is told to and reads HTTP/1.1 answers strictly: what no HTTP library lets a test do.
import { connect } from "node:net";

const deadlineMs = 15_000;

export class RawClient {
  static open(address) {
    const colon = address.lastIndexOf(":");
    return new Promise((resolve, reject) => {
      const socket = connect({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)), allowHalfOpen: true, noDelay: true });
      socket.once("error", reject);
      socket.once("connect", () => resolve(new RawClient(socket)));
    });
  }

  constructor(socket) {
    this.socket = socket;
    this.bytes = Buffer.alloc(0); // received and not yet taken
    this.end = undefined; // "fin" or "reset"
    this.wakers = new Set();
    const wake = () => this.wakers.forEach((waker) => waker());
    socket.on("data", (data) => {
      this.bytes = this.bytes.length === 0 ? data : Buffer.concat([this.bytes, data]);
      wake();
    });
    socket.on("end", () => ((this.end ??= "fin"), wake()));
    socket.removeAllListeners("error");
    socket.on("error", () => ((this.end ??= "reset"), wake()));
  }

  write(bytes) {
    this.socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
    return this;
  }

  // Sends FIN and reads on.
  halfClose() {
    this.socket.end();
    return this;
  }

  reset() {
    this.socket.resetAndDestroy();
  }

  close() {
    this.socket.destroy();
  }

  // Waits until `look` gives something else than undefined.
  async #until(what, look) {
    const end = performance.now() + deadlineMs;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      const left = end - performance.now();
      if (left <= 0) throw new Error(`waited ${deadlineMs} ms in vain: ${what}; have ${JSON.stringify(this.bytes.toString("latin1").slice(0, 2000))}, end ${this.end}`);
      await new Promise((resolve) => {
        const timer = setTimeout(done, left);
        const waker = () => (clearTimeout(timer), done());
        const wakers = this.wakers;
        function done() {
          wakers.delete(waker);
          resolve();
        }
        wakers.add(waker);
      });
    }
  }

  #take(n) {
    const taken = this.bytes.subarray(0, n);
    this.bytes = this.bytes.subarray(n);
    return taken;
  }

  // Bytes up to and with `mark`; undefined once the connection ended without it.
  #line(mark, what) {
    return this.#until(what, () => {
      const at = this.bytes.indexOf(mark);
      if (at >= 0) return this.#take(at + mark.length);
      if (this.end) throw new Error(`connection ended (${this.end}) in the middle of ${what}: ${JSON.stringify(this.bytes.toString("latin1"))}`);
    });
  }

  // Until `count` bytes were received in all that are not taken yet, or the connection ended.
  received(count) {
    return this.#until(`${count} bytes`, () => (this.bytes.length >= count || this.end ? this.bytes : undefined));
  }

  // How the connection ended: "fin" or "reset".
  ended() {
    return this.#until("the end of the connection", () => this.end);
  }

  async head() {
    const text = (await this.#line("\r\n\r\n", "a response head")).toString("latin1");
    const [line, ...rows] = text.slice(0, -4).split("\r\n");
    const match = /^HTTP\/1\.1 (\d{3}) [ -~]*$/.exec(line);
    if (!match) throw new Error(`no status line: ${JSON.stringify(line)}`);
    const headers = new Map();
    for (const row of rows) {
      const field = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([ -~]*)$/.exec(row);
      if (!field) throw new Error(`no header line: ${JSON.stringify(row)}`);
      if (headers.has(field[1].toLowerCase())) throw new Error(`header twice: ${row}`);
      headers.set(field[1].toLowerCase(), field[2]);
    }
    return { status: Number(match[1]), headers };
  }

  // A whole response: {status, headers, body, whole}. `whole` is false when a chunked body ended without its last chunk.
  async response() {
    const { status, headers } = await this.head();
    if (status < 200 || status === 204 || status === 304) return { status, headers, body: Buffer.alloc(0), whole: true };
    if (headers.get("transfer-encoding") === "chunked") return { status, headers, ...(await this.#chunked()) };
    const length = headers.get("content-length");
    if (length === undefined) {
      await this.ended();
      return { status, headers, body: this.#take(this.bytes.length), whole: this.end === "fin" };
    }
    await this.received(Number(length));
    if (this.bytes.length < Number(length)) throw new Error(`connection ended (${this.end}) after ${this.bytes.length} of ${length} body bytes`);
    return { status, headers, body: this.#take(Number(length)), whole: true };
  }

  async #chunked() {
    const parts = [];
    for (;;) {
      await this.#until("a chunk", () => (this.bytes.includes("\r\n") || this.end ? true : undefined));
      if (this.end && this.bytes.length === 0) return { body: Buffer.concat(parts), whole: false };
      const line = (await this.#line("\r\n", "a chunk size")).toString("latin1").slice(0, -2);
      if (!/^[0-9a-fA-F]+$/.test(line)) throw new Error(`no chunk size: ${JSON.stringify(line)}`);
      const size = parseInt(line, 16);
      await this.received(size + 2);
      if (this.bytes.length < size + 2) throw new Error(`connection ended (${this.end}) inside a chunk`);
      if (size > 0) parts.push(Buffer.from(this.#take(size)));
      if (this.#take(2).toString("latin1") !== "\r\n") throw new Error("a chunk that does not end with CR LF");
      if (size === 0) return { body: Buffer.concat(parts), whole: true };
    }
  }
}

// Sends `bytes` on a fresh connection and reads one response; then whether the server closed.
export async function once(address, bytes) {
  const client = await RawClient.open(address);
  try {
    const response = await client.write(bytes).response();
    if (response.headers.get("connection") === "close") response.end = await client.ended();
    response.surplus = client.bytes.toString("latin1");
    return response;
  } finally {
    client.close();
  }
}

// A chat request as bytes. `fields` are merged into the body, `headers` are lines.
export function chat(fields = {}, headers = []) {
  const body = JSON.stringify({ model: "auto", messages: [{ role: "user", content: "hi" }], ...fields });
  return ["POST /v1/chat/completions HTTP/1.1", "Host: gateway", "Content-Type: application/json", `Content-Length: ${Buffer.byteLength(body)}`, ...headers, "", body].join("\r\n");
}

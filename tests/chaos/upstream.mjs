// A provider that gives the canonical answer, or does it wrong as told for a model, and keeps a list of who asked it when.
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import { tokens } from "./answer.mjs";

// What a behaviour may say; {} is a good answer.
//   status, code, message, headers     an error answer
//   reset                              RST before the head
//   silent                             nothing at all, until the gateway goes
//   first_token_ms, role_first         head at once, the first token so much later (the role at once, too)
//   pace_ms                            between tokens
//   cut_after, cut_how                 "fin", "rst", or "clean": a good end of the body behind so many tokens, without finish reason
//   stall_after, stall_ms              silence behind so many tokens, then FIN
//   bad_event_before                   an event that is no JSON before that token
//   no_done, stays_open                no [DONE] behind the finish reason; ... and the body does not end, either
//   refuses_prefill                    400 to a request whose last message is the assistant's
const known = new Set(
  "status code message headers reset silent first_token_ms role_first pace_ms cut_after cut_how stall_after stall_ms bad_event_before no_done stays_open refuses_prefill".split(" "),
);

// Nobody waits for a provider that sleeps.
const pause = (ms) => sleep(ms, undefined, { ref: false });
const gone = (response) => new Promise((resolve) => response.once("close", resolve));

export class Upstream {
  #behaviours = new Map();
  #serial = 0;

  // `promptTokens`: what it bills a prompt, so that one can tell whose usage a client was given.
  static async start(name, { promptTokens = 11 } = {}) {
    const upstream = new Upstream();
    Object.assign(upstream, { name, promptTokens, log: [], sockets: new Set() });
    upstream.server = createServer({ noDelay: true }, (request, response) => upstream.#serve(request, response).catch(() => response.destroy()));
    upstream.server.on("connection", (socket) => {
      upstream.sockets.add(socket);
      socket.on("close", () => upstream.sockets.delete(socket)).on("error", () => {});
    });
    await new Promise((resolve) => upstream.server.listen(0, "127.0.0.1", resolve));
    return upstream;
  }

  get address() {
    return `127.0.0.1:${this.server.address().port}`;
  }

  get baseURL() {
    return `http://${this.address}/v1`;
  }

  get usage() {
    return { prompt_tokens: this.promptTokens, completion_tokens: tokens.length, total_tokens: this.promptTokens + tokens.length };
  }

  // `behaviour`: an object, or a function of (nth attempt from 1, attempt) that gives one. Its model has no attempts yet.
  play(model, behaviour) {
    this.#behaviours.set(model, behaviour);
    this.log = this.log.filter((attempt) => attempt.model !== model);
  }

  // Attempts on one model, oldest first: {model, at (performance.now()), lastRole, stream, messages, headers, leftAfter}.
  attempts(model) {
    return this.log.filter((attempt) => attempt.model === model);
  }

  close() {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  async #serve(request, response) {
    const at = performance.now();
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = JSON.parse(Buffer.concat(parts).toString());
    const attempt = { model: body.model, at, stream: body.stream === true, messages: body.messages, lastRole: body.messages.at(-1).role, headers: request.headers };
    this.log.push(attempt);
    response.once("close", () => (attempt.leftAfter = performance.now() - at));
    const scripted = this.#behaviours.get(body.model) ?? {};
    const behaviour = typeof scripted === "function" ? scripted(this.attempts(body.model).length, attempt) : scripted;
    for (const field of Object.keys(behaviour)) if (!known.has(field)) throw new Error(`no behaviour '${field}'`);
    const ways = { attempt, body, behaviour, id: `chatcmpl-${this.name}-${++this.#serial}`, response };
    if (behaviour.reset) return void request.socket.resetAndDestroy();
    if (behaviour.silent) return gone(response);
    if (behaviour.refuses_prefill && attempt.lastRole === "assistant") return this.#refuse(response, { status: 400, code: "invalid_prefill", message: "This model takes no assistant prefill." });
    if (behaviour.status) return this.#refuse(response, behaviour);
    return body.stream ? this.#stream(ways) : this.#plain(ways);
  }

  #refuse(response, { status, code = null, message = "the provider was told to fail", headers = {} }) {
    const type = status === 429 ? "rate_limit_error" : status < 500 ? "invalid_request_error" : "server_error";
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify({ error: { message, type, param: null, code } }));
  }

  async #plain({ body, behaviour: b, id, response }) {
    const message = { role: "assistant", content: tokens.join("") };
    const text = JSON.stringify({ id, object: "chat.completion", created: 1, model: body.model, choices: [{ index: 0, message, finish_reason: "stop" }], usage: this.usage });
    const bytes = Buffer.from(b.bad_event_before === undefined ? text : text.slice(0, -9));
    const part = b.cut_after ?? b.stall_after;
    response.writeHead(200, { "content-type": "application/json", "content-length": bytes.length }).flushHeaders();
    if (b.first_token_ms) await pause(b.first_token_ms);
    if (part === undefined) return response.end(bytes);
    await this.#write(response, bytes.subarray(0, Math.floor((bytes.length * part) / tokens.length)));
    if (b.stall_after !== undefined) await Promise.race([gone(response), pause(b.stall_ms)]);
    if (b.cut_how === "rst") response.socket?.resetAndDestroy();
    else response.socket?.end();
  }

  #write(response, bytes) {
    return new Promise((resolve) => {
      if (response.destroyed) return resolve();
      response.once("close", resolve);
      response.write(bytes, () => (response.off("close", resolve), resolve()));
    });
  }

  async #stream({ body, behaviour: b, id, response }) {
    const chunk = (fields) => `data: ${JSON.stringify({ id, object: "chat.completion.chunk", created: 1, model: body.model, ...fields })}\n\n`;
    const choice = (delta, finish_reason = null) => chunk({ choices: [{ index: 0, delta, finish_reason }] });
    const say = (text) => this.#write(response, text);
    response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    const role = choice({ role: "assistant", content: "" });
    if (b.first_token_ms) {
      if (b.role_first) await say(role);
      await Promise.race([gone(response), pause(b.first_token_ms)]);
    }
    if (!b.role_first) await say(role);
    for (let i = 0; i < tokens.length; ++i) {
      if (response.destroyed) return;
      if (i === b.cut_after) return this.#cut(response, b.cut_how);
      if (i === b.stall_after) {
        await Promise.race([gone(response), pause(b.stall_ms)]);
        return this.#cut(response, "fin");
      }
      if (i + 1 === b.bad_event_before) await say(`data: {"id": "${id}", "choices": [{"delta": {"content": \n\n`);
      await say(choice({ content: tokens[i] }));
      if (b.pace_ms) await pause(b.pace_ms);
    }
    await say(choice({}, "stop"));
    if (body.stream_options?.include_usage) await say(chunk({ choices: [], usage: this.usage }));
    if (!b.no_done) await say("data: [DONE]\n\n");
    if (b.stays_open) await gone(response);
    response.end();
  }

  #cut(response, how) {
    if (how === "clean") response.end();
    else if (how === "rst") response.socket?.resetAndDestroy();
    else response.socket?.end();
  }
}

// TLS clients that believe in one authority only.
import { spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { request } from "node:https";
import { Readable } from "node:stream";
import { connect } from "node:tls";

// fetch() over TLS. A connection for each call unless an `agent` keeps them; `servername`: who it must be, if not the host of the URL.
export const tlsFetch =
  (ca, { agent, servername } = {}) =>
  (url, init = {}) =>
    new Promise((resolve, reject) => {
      const headers = Object.fromEntries(new Headers(init.headers));
      const call = request(url, { method: init.method ?? "GET", headers, ca, servername, agent: agent ?? false, signal: init.signal }, (answer) => {
        const fields = Object.entries(answer.headersDistinct).flatMap(([name, values]) => values.map((value) => [name, value]));
        resolve(new Response(answer.statusCode === 204 ? null : Readable.toWeb(answer), { status: answer.statusCode, headers: fields }));
      });
      call.on("error", reject);
      call.end(init.body);
    });

// A connected socket; `shown` is the fingerprint of the certificate it was shown.
export const tlsConnect = (address, ca, more = {}) =>
  new Promise((resolve, reject) => {
    const [, host, port] = /^(.*):(\d+)$/.exec(address);
    const socket = connect({ host, port: Number(port), ca, servername: "localhost", ...more });
    socket.once("error", reject);
    socket.once("secureConnect", () => {
      socket.off("error", reject).on("error", () => {});
      socket.shown = socket.getPeerCertificate().fingerprint256;
      resolve(socket);
    });
  });

export const fingerprintOf = (pem) => new X509Certificate(pem).fingerprint256;

export async function shownAt(address, ca) {
  const socket = await tlsConnect(address, ca);
  socket.destroy();
  return socket.shown;
}

// What `openssl s_client` makes of a port. With `bytes` it sends them and stays until the server ends; without it ends after the handshake.
export const sslClient = (address, caFile, args = [], bytes = undefined) =>
  new Promise((resolve) => {
    const child = spawn("openssl", ["s_client", "-connect", address, "-CAfile", caFile, "-servername", "localhost", ...args], { stdio: ["pipe", "pipe", "pipe"] });
    let text = "";
    for (const out of [child.stdout, child.stderr]) out.on("data", (data) => (text += data));
    child.on("close", (code) => resolve({ code, text }));
    if (bytes === undefined) child.stdin.end();
    else child.stdin.write(bytes);
  });

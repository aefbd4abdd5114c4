// Who may sign in to the dashboard of a test's gateway, made by the admin API.
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const admin = { name: "ada", password: "correct horse battery" };

// The one-time code that stands in the set-up link.
export const setUpCode = (control) => readFileSync(join(control.state, "setup.code"), "utf8").trim();

async function post(control, method, message) {
  const origin = `http://${control.ready.admin}`;
  const response = await fetch(`${origin}/smartroute.admin.v1.${method}`, { method: "POST", headers: { "content-type": "application/json", origin }, body: JSON.stringify(message) });
  if (!response.ok) throw new Error(`${method}: ${response.status} ${await response.text()}`);
  return response.json();
}

export const setUp = (control, { name, password } = admin) => post(control, "SessionService/SetUp", { code: setUpCode(control), name, password });

const stepMs = 30_000;

// The code an authenticator app shows at that time: RFC 6238 with its usual choices.
export function totp(base32, at = Date.now()) {
  const bits = [...base32.replace(/[^A-Z2-7]/g, "")].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / stepMs)));
  const mac = createHmac("sha1", key).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

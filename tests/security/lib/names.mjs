// A name server of a test's own: the zone is a table in code, every question is counted, and an answer may differ from the one before it.
import { createSocket } from "node:dgram";

const types = { 1: "A", 5: "CNAME", 28: "AAAA" };

const labels = (name) => Buffer.concat([...name.split(".").map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])), Buffer.from([0])]);

// "2001:db8::1" or "::ffff:1.2.3.4" as 16 bytes.
export function bytesOf6(text) {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  if (dotted) text = `${dotted[1]}${((+dotted[2] << 8) | +dotted[3]).toString(16)}:${((+dotted[4] << 8) | +dotted[5]).toString(16)}`;
  const [head, tail] = text.split("::").map((part) => (part ? part.split(":") : []));
  const groups = tail === undefined ? head : [...head, ...Array(8 - head.length - tail.length).fill("0"), ...tail];
  return Buffer.from(groups.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]));
}

const dataOf = ({ type, value }) => (type === 1 ? Buffer.from(value.split(".").map(Number)) : type === 28 ? bytesOf6(value) : labels(value));

// zone: {name: {A: [...], AAAA: [...], CNAME: name}, or a function of how often the name was asked for by that type}
export async function nameServer(zone, address, port = 53) {
  const asked = {};
  const recordsOf = (name, type, depth = 0) => {
    const key = `${name} ${types[type] ?? type}`;
    asked[key] = (asked[key] ?? 0) + 1;
    const entry = typeof zone[name] === "function" ? zone[name](asked[key], types[type]) : zone[name];
    if (!entry) return undefined;
    if (entry.CNAME && depth < 8) return [{ name, type: 5, value: entry.CNAME }, ...(recordsOf(entry.CNAME, type, depth + 1) ?? [])];
    return (entry[types[type]] ?? []).map((value) => ({ name, type, value }));
  };
  const socket = createSocket("udp4", (question, from) => {
    const parts = [];
    let at = 12;
    for (; question[at] !== 0; at += question[at] + 1) parts.push(question.subarray(at + 1, at + 1 + question[at]).toString().toLowerCase());
    const end = at + 5;
    const type = question.readUInt16BE(at + 1);
    const records = recordsOf(parts.join("."), type);
    const answers = (records ?? []).map((record) => {
      const data = dataOf(record);
      const head = Buffer.alloc(10); // type, class, TTL 0, length
      head.writeUInt16BE(record.type, 0);
      head.writeUInt16BE(1, 2);
      head.writeUInt16BE(data.length, 8);
      return Buffer.concat([labels(record.name), head, data]);
    });
    const flags = Buffer.from([0x85, records ? 0x80 : 0x83, 0, 1, 0, answers.length, 0, 0, 0, 0]);
    socket.send(Buffer.concat([question.subarray(0, 2), flags, question.subarray(12, end), ...answers]), from.port, from.address);
  });
  await new Promise((resolve, reject) => socket.once("error", reject).bind(port, address, resolve));
  return { asked, close: () => socket.close() };
}

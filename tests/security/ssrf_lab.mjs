// Runs inside a network where every address answers (lib/namespace.mjs), and reports as JSON who was connected to. Not a test: ssrf.test.mjs
// starts it and judges.
import { createServer } from "node:http";
import { parseArgs } from "node:util";

import { startGateway, tireless, until } from "../integration/lib/world.mjs";
import { hostileNames, neverNames, otherNames, refusedSpellings } from "./lib/hostile.mjs";
import { nameServer } from "./lib/names.mjs";

const { dns } = parseArgs({ options: { dns: { type: "string" } } }).values;
const good = "10.77.0.1"; // an address that its operator wrote down
const report = { spellings: [], names: [], judges: [], collectors: [], plain: [], redirects: {}, rebinding: {}, never: [] };

// Whoever is connected to, at whatever address, is this server; connections come as [address, ...], requests as ["address path", ...].
const connections = [];
const requests = [];
const nameOf = (socket) => socket.localAddress.replace(/^::ffff:(?=\d+\.)/, "");
const bait = createServer(async (request, response) => {
  let text = "";
  for await (const piece of request) text += piece;
  requests.push(`${nameOf(request.socket)} ${request.url}`);
  const say = (status, body, headers = {}) => response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  if (request.url.startsWith("/moved")) return say(307, {}, { location: "http://127.0.0.1/stolen" });
  if (request.url.endsWith("/models")) return say(200, { object: "list", data: [{ id: "m" }] });
  if (request.url.endsWith("/v1/traces")) return response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
  const message = { role: "assistant", content: "t2" };
  say(200, { id: "c", object: "chat.completion", created: 1, model: "m", choices: [{ index: 0, message, finish_reason: "stop" }], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } });
});
bait.on("connection", (socket) => connections.push(nameOf(socket)));
await new Promise((resolve) => bait.listen(80, "::", resolve));
const names = await nameServer({ ...hostileNames, ...otherNames }, dns);

// What `act` gives, with the addresses that were connected to meanwhile.
async function watched(act) {
  connections.length = requests.length = 0;
  const said = await act();
  return { ...said, connections: [...connections], requests: [...requests] };
}

const goodProvider = { id: "good", protocol: "openai", base_url: `http://${good}/v1`, api_key: "k-good-0001" };
const provider = (id, base_url, more = {}) => ({ id, protocol: "openai", base_url, api_key: "k-hostile-0001", ...more });
const configOf = (providers, more = {}) => ({
  providers: [goodProvider, ...providers],
  tiers: { t1: { models: ["good/m"] }, t2: { models: ["good/m"] }, t3: { models: ["good/m"] } },
  router: { mode: "keyword", default_tier: "t2" },
  ...tireless,
  ...more,
});
const judged = (base_url, more = {}) => configOf([], { router: { mode: "llm", default_tier: "t1", llm: { base_url, model: "m", timeout: "5s", breaker_failures: 1000, ...more } } });

const gateway = await startGateway({ mocks: [], config: configOf([]) });
const { control } = gateway;

async function ask(model, content = "hi") {
  const response = await fetch(`${gateway.baseURL}/chat/completions`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ model, messages: [{ role: "user", content }] }) });
  return { status: response.status, body: await response.text(), reason: response.headers.get("x-smartroute-tier-reason") };
}
const tryOut = (config, id) => control.call("ProviderService/TestProvider", { provider: id, source: { text: JSON.stringify(config) } }).then(({ ok = false, step, message }) => ({ ok, step, message }));
const put = (config) => control.putConfig(config).then(() => ({ saved: true, said: "" }), (error) => ({ saved: false, said: error.text }));

// Spellings: as a provider, as a judge, as a collector, in a test of a provider.
for (const [url, says] of refusedSpellings) {
  const config = configOf([provider("p", url)]);
  report.spellings.push({
    url, says,
    ...(await watched(async () => ({ provider: await put(config), judge: await put(judged(url)), test: await tryOut(config, "p"), collector: await put(configOf([], { tracing: { endpoint: url } })) }))),
  });
}

// Names: traffic of all in one configuration, tests one by one.
const hosts = Object.keys(hostileNames);
const providers = hosts.map((host, i) => provider(`p${i}`, `http://${host}/v1`));
await gateway.setConfig(configOf(providers));
for (const [i, host] of hosts.entries())
  report.names.push({ host, traffic: await watched(() => ask(`p${i}/m`)), test: await watched(() => tryOut(configOf(providers), `p${i}`)) });

// The same with allow_private: what is private may then be, what is link-local may not.
const open = neverNames.map((host, i) => provider(`p${i}`, `http://${host}/v1`, { allow_private: true }));
await gateway.setConfig(configOf([...open, provider("trusted", "http://trusted.example/v1", { allow_private: true }), provider("strange", "http://trusted.example/v1")]));
for (const [i, host] of neverNames.entries())
  report.never.push({ host, traffic: await watched(() => ask(`p${i}/m`)), test: await watched(() => tryOut(configOf(open), `p${i}`)) });
report.trusted = await watched(() => ask("trusted/m"));
// Neither may the one who is not trusted use the connection of the one who is.
report.strange = await watched(() => ask("strange/m"));

for (const host of ["private.example", "loopback.example", "metadata.example", "mixed.example", "mapped.example", "nat64.example", "alias-of-alias.example", "public.example"]) {
  await gateway.setConfig(judged(`http://${host}/v1`));
  report.judges.push({ host, ...(await watched(() => ask("auto", `is ${host} hard?`))) });
}
await gateway.setConfig(judged("http://trusted.example/v1", { allow_private: true }));
report.trustedJudge = await watched(() => ask("auto", "is it hard?"));

// A collector hears of a request when the proxy stops at the latest.
async function exported(tracing) {
  await gateway.setConfig(configOf([], { tracing }));
  return watched(async () => {
    const answer = await ask("good/m");
    await gateway.proxy.stop();
    const log = gateway.proxy.log;
    gateway.proxy.log = "";
    await gateway.proxy.start();
    return { ...answer, log };
  });
}
for (const [host, protocol] of [["private.example", "http"], ["metadata.example", "http"], ["mixed-families.example", "http"], ["private.example", "grpc"], ["mapped-metadata.example", "grpc"], ["public.example", "http"]])
  report.collectors.push({ host, protocol, ...(await exported({ endpoint: `http://${host}:80`, protocol })) });
report.trustedCollector = await exported({ endpoint: "http://trusted.example:80", allow_private: true });

// Plain spellings are their operator's will.
const plain = [["http://127.0.0.1", "127.0.0.1"], ["HtTp://127.53.0.9", "127.53.0.9"], ["http://localhost", "127.0.0.1"], ["http://[::1]", "::1"], ["http://[0:0:0:0:0:0:0:1]", "::1"], ["http://10.9.9.9", "10.9.9.9"], ["http://192.168.1.1:80", "192.168.1.1"], ["http://[fd12::9]", "fd12::9"],
  ["http://public.example", "93.184.216.34"], ["http://public6.example", "2606:2800:220:1::34"], ["http://both.example", "93.184.216.34"]];
const plainProviders = plain.map(([url], i) => provider(`p${i}`, `${url}/v1`));
await gateway.setConfig(configOf(plainProviders));
for (const [i, [url, address]] of plain.entries())
  report.plain.push({ url, address, traffic: await watched(() => ask(`p${i}/m`)), test: await watched(() => tryOut(configOf(plainProviders), `p${i}`)) });

// Redirects to this machine itself.
const moved = configOf([provider("moved", "http://public.example/moved")], { router: judged("http://public.example/moved").router, tracing: { endpoint: "http://public.example:80/moved" } });
await gateway.setConfig(moved);
report.redirects.traffic = await watched(() => ask("moved/m"));
report.redirects.judge = await watched(() => ask("auto", "where to?"));
report.redirects.test = await watched(() => tryOut(moved, "moved"));
report.redirects.collector = await exported({ endpoint: "http://public.example:80/moved" });

// Public at the first question, private at the second. The proxy remembers the first answer for a while: a new one asks again.
const rebinding = configOf([provider("rebinding", "http://rebinding.example/v1")]);
await gateway.setConfig(rebinding);
const questions = () => names.asked["rebinding.example A"] ?? 0;
for (const turn of ["first", "second"]) {
  const before = questions();
  report.rebinding[`${turn}Test`] = { ...(await watched(() => tryOut(rebinding, "rebinding"))), questions: questions() - before };
}
for (const turn of ["first", "second"]) {
  const before = questions();
  report.rebinding[`${turn}Traffic`] = { ...(await watched(() => ask("rebinding/m"))), questions: questions() - before };
  await gateway.proxy.restart();
  await until("the new proxy serves", async () => (await ask("good/m")).status === 200);
}

await gateway.stop();
names.close();
bait.closeAllConnections();
bait.close();
process.stdout.write(JSON.stringify(report));

// Why a request went where it went: in its record, before it is sent, and what would change under another configuration. The proxy, the
// admin API and the command line must tell one story.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { describe } from "node:test";

import { binary, chatFetch, plainConfig, run, until, useGateway } from "./lib/world.mjs";

const config = ({ mock }, more = {}) =>
  plainConfig(mock.baseURL, {
    providers: [
      { id: "mock", protocol: "openai", base_url: mock.baseURL, api_key: "sk-1" },
      { id: "keyless", protocol: "openai", base_url: mock.baseURL, api_key: "${NOBODY_SETS_THIS}" },
    ],
    models: [
      { id: "mock/small", price: { input: 1, output: 2 }, context_window: 4000 },
      { id: "mock/medium", price: { input: 2, output: 4 } },
      { id: "mock/large", price: { input: 10, output: 20 }, multimodal: true },
      { id: "mock/huge", price: { input: 100, output: 200 } },
    ],
    tiers: { t1: { models: ["keyless/small", "mock/small"] }, t2: { models: ["mock/medium"] }, t3: { models: ["mock/large"] } },
    router: { mode: "cascade", default_tier: "t2", keywords: { t1: ["hello there"], t3: ["朗兰兹纲领", "langlands program"] } },
    ...more,
  });

const user = (content) => ({ role: "user", content });
const prompt = (text, fields = {}) => ({ messages: [user(text)], ...fields });
const image = { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } };
const tool = { type: "function", function: { name: "look_up", description: "looks up", parameters: { type: "object", properties: {} } } };
const bodies = [
  prompt("hi"),
  prompt("oh, hello there!"),
  prompt("What is the capital of Australia?"),
  prompt("thanks, that's all for today"),
  prompt("turn the lights off in the kitchen"),
  prompt("Write a Python function that merges two sorted lists, with tests."),
  prompt("Rewrite this so it sounds friendlier: we reject your application."),
  prompt("SELECT all customers who bought twice in a month: how do I write that in SQL?"),
  prompt("Prove that there are infinitely many primes congruent to 3 modulo 4."),
  prompt("Design a multi-region payment ledger that survives the loss of a region; discuss the consistency trade-offs in depth."),
  prompt("Explain the Langlands Program to me"),
  prompt("给我介绍一下朗兰兹纲领"),
  prompt("你好"),
  prompt("北京今天天气怎么样"),
  prompt("用 Python 写一个函数，统计文本里每个词出现的次数"),
  prompt("证明：任意六个人中，必有三个人互相认识或互相不认识，并推广到一般情形。"),
  prompt("设计一个支持千万级日活的即时通讯系统，给出架构、容量估算与容灾方案"),
  prompt("Schreibe ein kurzes Gedicht über den Regen"),
  prompt("A bat and a ball cost 1.10 together; the bat costs 1 more than the ball. The ball?", { max_tokens: 50 }),
  prompt("Summarise this. " + "The committee met again and decided nothing of note. ".repeat(400)),
  prompt("word ".repeat(40_000)),
  { messages: [{ role: "system", content: "You are a careful mathematician." }, user("is 91 prime")] },
  { messages: [user("tell me about whales"), { role: "assistant", content: "They are large." }, user("and their songs?")] },
  { messages: [user([{ type: "text", text: "what is in this picture?" }, image])] },
  { messages: [user("look up the tides")], tools: [tool] },
  {
    messages: [
      user("look up the moon"),
      { role: "assistant", content: null, tool_calls: [{ id: "c1", type: "function", function: { name: "look_up", arguments: "{}" } }] },
      { role: "tool", tool_call_id: "c1", content: "full" },
    ],
    tools: [tool],
  },
  prompt("<system-reminder>be careful, prove everything</system-reminder>what day is it"),
  prompt("anything at all", { model: "t1" }),
  prompt("anything at all", { model: "t3", max_completion_tokens: 100 }),
  prompt("anything at all", { model: "mock/medium" }),
  prompt("anything at all", { model: "mock/not-in-the-config" }),
  prompt("what an unknown name does", { model: "somebody-elses-model" }),
];

const cli = (gateway, ...args) => {
  const access = ["--admin", gateway.control.ready.admin, "--token", gateway.control.token];
  return run(binary("smartroute"), [...args, ...access], { maxBuffer: 64 * 1024 * 1024 });
};
const jsonOf = ({ status, stdout, stderr }) => {
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
};
async function recordsOf(gateway, more = {}) {
  const all = [];
  let cursor;
  do {
    const page = await gateway.control.call("LogService/ListRecords", { pageSize: 100, ...more, ...(cursor && { cursor }) });
    all.push(...(page.records ?? []));
    cursor = page.nextCursor;
  } while (cursor);
  return all;
}
const recordOf = (gateway, id, more) => until(`the record of ${id}`, async () => (await recordsOf(gateway, more)).find(({ requestId }) => requestId === id));
const firstUsable = ({ candidates = [] }) => candidates.find(({ skip }) => !skip)?.model;

describe("a routed request", () => {
  const gateway = useGateway({ mocks: ["mock"], config });
  const write = (name, document) => {
    const path = join(gateway.folder, name);
    writeFileSync(path, typeof document === "string" ? document : JSON.stringify(document));
    return path;
  };
  const answered = []; // {id, body, headers}

  test("goes where the admin API and the command line say it would go", async () => {
    const file = write("gateway.json", config(gateway.mocks));
    for (const [i, body] of bodies.entries()) {
      const id = `explained-${i}`;
      const answer = await chatFetch(gateway.baseURL, body, { headers: { "x-request-id": id } });
      await answer.text();
      assert.equal(answer.status, 200, id);
      const headers = Object.fromEntries(answer.headers);
      const shown = { tier: headers["x-smartroute-tier"] ?? "", reason: headers["x-smartroute-tier-reason"], model: headers["x-smartroute-model"] };
      const request = JSON.stringify({ model: "auto", ...body });
      const said = await gateway.control.call("RoutingService/ExplainRoute", { requestJson: request });
      assert.deepEqual({ tier: said.tier ?? "", reason: said.reason, model: firstUsable(said.route) }, shown, `${id}: ${request.slice(0, 200)}`);
      assert.equal(said.revision, "1");
      if (i % 4 === 0) {
        const path = write("request.json", request);
        const local = jsonOf(run(binary("smartroute"), ["route", "explain", "-f", path, "--config", file, "-o", "json"]));
        assert.deepEqual({ tier: local.tier, reason: local.reason }, { tier: shown.tier, reason: shown.reason }, id);
        const remote = jsonOf(cli(gateway, "route", "explain", "-f", path, "-o", "json"));
        assert.deepEqual({ tier: remote.tier, reason: remote.reason }, { tier: shown.tier, reason: shown.reason }, id);
      }
      answered.push({ id, body, said });
    }
  });

  test("leaves a record with the very decision that was explained", async () => {
    await recordOf(gateway, answered.at(-1).id);
    const records = await recordsOf(gateway, { signals: true });
    let classified = 0;
    let skipped = 0;
    for (const { id, said } of answered) {
      const record = records.find(({ requestId }) => requestId === id);
      assert.ok(record, id);
      assert.deepEqual(record.route, said.route, id);
      assert.deepEqual([record.tier, record.mode, record.reason, record.confidence], [said.tier, said.mode, said.reason, said.confidence], id);
      const { route } = record;
      assert.equal(route.decidedBy, record.mode, id);
      assert.ok(Number(route.input.promptTokens) > 0, id);
      skipped += (route.candidates ?? []).filter(({ skip }) => skip === "no_credentials").length;
      if (!route.probabilities) continue;
      ++classified;
      assert.equal(route.configuredMode, "cascade");
      assert.ok(Math.abs(route.probabilities.reduce((sum, p) => sum + p, 0) - 1) < 1e-3, id);
      assert.ok(route.weights && route.input.ask && route.signals.length > 0, id);
    }
    assert.ok(classified >= 15, `${classified} of them went through the classifier`);
    assert.ok(skipped >= 2, "a candidate without a key stands there with its reason");
    assert.equal((await recordsOf(gateway)).some(({ route }) => route?.signals), false, "signals only come when asked for");
  });

  test("reads well in a terminal", async () => {
    const { status, stdout } = cli(gateway, "route", "explain", "--text", "hello there");
    assert.equal(status, 0);
    assert.match(stdout, /^tier +t1\n/);
    assert.match(stdout, /^why +keyword:hello there\n/m);
    assert.match(stdout, /keyless\/small +skipped: no_credentials/);
    assert.match(stdout, /^config +revision 1\n/m);
  });

  test("would not move under the configuration that decided it", () => {
    const said = jsonOf(cli(gateway, "replay", "-o", "json"));
    assert.deepEqual(said.moves, []);
    assert.deepEqual([said.decided, said.skipped, said.complete], [String(bodies.length), "0", true]);
    assert.equal(said.costBefore, said.costAfter);
  });

  test("moves as a candidate would have it", async () => {
    const records = await recordsOf(gateway);
    const inT3 = records.filter(({ tier }) => tier === "t3");
    assert.ok(inT3.length >= 4);
    const before = config(gateway.mocks);
    const otherModel = write("other-model.json", { ...before, tiers: { ...before.tiers, t3: { models: ["mock/huge"] } } });
    const moved = jsonOf(cli(gateway, "replay", "--config", otherModel, "--moves", "1000", "-o", "json"));
    assert.equal(moved.movedTier, "0");
    assert.equal(Number(moved.movedModel), inT3.length);
    assert.deepEqual(moved.moves.map(({ requestId }) => requestId).sort(), inT3.map(({ requestId }) => requestId).sort());
    for (const move of moved.moves) assert.deepEqual([move.modelBefore, move.modelAfter], ["mock/large", "mock/huge"]);
    assert.ok(moved.costAfter > moved.costBefore && Number(moved.priced) > 0);

    const byRules = write("rules.json", { ...before, router: { mode: "keyword", default_tier: "t1", session_ttl: "0s", long_context_tokens: 0 } });
    const rules = jsonOf(cli(gateway, "replay", "--config", byRules, "-o", "json"));
    // What went through the router now goes to t1, or to the next tier when t1's window is too small.
    const after = ({ route }) => (Number(route.input.promptTokens) < 4000 ? "t1" : "t2");
    assert.equal(Number(rules.movedTier), records.filter((record) => record.route.configuredMode && record.tier !== after(record)).length);
    assert.equal(jsonOf(cli(gateway, "replay", "--until", "1h", "--since", "2h", "-o", "json")).decided, "0");
  });

  test("is not decided by a candidate with errors, which are named", () => {
    const broken = write("broken.json", { ...config(gateway.mocks), router: { mode: "cascode" } });
    for (const args of [["replay"], ["route", "explain", "--text", "hi"]]) {
      const { status, stdout, stderr } = cli(gateway, ...args, "--config", broken);
      assert.deepEqual([status, stdout], [3, ""], stderr);
      assert.match(stderr, /router\.mode.*cascade/);
    }
  });

  test("can be one of 5,000 lines of a file", () => {
    const lines = Array.from({ length: 5_000 }, (_, i) =>
      i % 2 ? JSON.stringify({ id: `line-${i}`, text: `${bodies[i % 19].messages[0].content} (${i})`, tier: "T2" }) : JSON.stringify(prompt(`hello there ${i}`)),
    );
    const said = jsonOf(run(binary("smartroute"), ["replay", "--config", write("again.json", config(gateway.mocks)), "--input", write("lines.jsonl", lines.join("\n")), "-o", "json"], { maxBuffer: 1 << 26 }));
    assert.deepEqual([said.decided, said.skipped, said.complete], ["5000", "0", true]);
    assert.equal(said.tiers.reduce((sum, { after }) => sum + Number(after), 0), 5_000);
    assert.ok(Number(said.tiers.find(({ name }) => name === "t1").after) >= 2_500);
    assert.ok(Number(said.movedTier) > 0 && said.moves.length === 20);
  });

  test("tells a machine without the token nothing", async () => {
    for (const method of ["ExplainRoute", "ReplayRoutes"])
      await assert.rejects(gateway.control.call(`RoutingService/${method}`, {}, { token: "sra_wrong" }), { status: 401 });
  });

  test("leaves no text behind while logs.bodies is off, and still its numbers", async () => {
    await gateway.setConfig(config(gateway.mocks, { logs: { bodies: false } }));
    const secret = "the merger with Fabrikam closes on Friday";
    const answer = await chatFetch(gateway.baseURL, { messages: [{ role: "system", content: "quiet" }, user(secret)] }, { headers: { "x-request-id": "silent" } });
    assert.equal(answer.status, 200);
    await answer.text();
    const { route } = await recordOf(gateway, "silent", { signals: true });
    assert.deepEqual([route.input.ask, route.input.system, route.signals], [undefined, undefined, undefined]);
    assert.equal(route.probabilities.length, 3);
    assert.ok(Number(route.input.promptTokens) > 0 && route.input.humanTurns === 1);
    assert.ok(!JSON.stringify(await recordsOf(gateway)).includes("Fabrikam"));
    const said = jsonOf(cli(gateway, "replay", "-o", "json"));
    assert.deepEqual([said.decided, said.skipped], [String(bodies.length), "1"]);
  });
});

// Which tier and which model a request gets, over real processes: modes, rules, conversations, what a harness wraps around an ask, what a
// model can take, and strategies. Nothing here waits for time to pass: requests drive it, and every tolerance is computed.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { before, describe } from "node:test";

import { binary, chatFetch, metricsOf, run, until, useGateway } from "./lib/world.mjs";

const modelOf = { t1: "mock/small", t2: "mock/medium", t3: "mock/large" };
const plain = { t1: { models: ["mock/small"] }, t2: { models: ["mock/medium"] }, t3: { models: ["mock/large"] } };

// `router` and `more` are merged on top. Nothing sticks to a conversation unless a test says so.
const configWith = (router = {}, more = {}) => ({ mock }) => ({
  providers: [
    { id: "mock", base_url: mock.baseURL, api_key: "sk-upstream-0001" },
    { id: "keyless", base_url: mock.baseURL, api_key: "${NOBODY_SETS_THIS}" },
  ],
  tiers: plain,
  router: { mode: "cascade", session_ttl: "0s", ...router },
  retry: { budget_floor: 1000 },      // what fails here does so on purpose, again and again
  ...more,
});

const user = (content) => ({ role: "user", content });
const assistant = (content) => ({ role: "assistant", content });
const tool = { type: "function", function: { name: "look_up", description: "looks up", parameters: { type: "object", properties: {} } } };
const call = { role: "assistant", content: null, tool_calls: [{ id: "c1", type: "function", function: { name: "look_up", arguments: "{}" } }] };
const result = (content = "done") => ({ role: "tool", tool_call_id: "c1", content });
const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const picture = { type: "image_url", image_url: { url: `data:image/png;base64,${png}` } };

const easy = "What is the capital of France?";
const hard = "Is there a continuous function on the reals that is differentiable at no point? Construct one and show rigorously that it has this property.";
const code = "Write a Python function that reverses a linked list.";

let serial = 0;
async function send(gateway, messages, { headers = {}, ...fields } = {}) {
  const id = `routing-${++serial}`;
  const response = await chatFetch(gateway.baseURL, { messages: typeof messages === "string" ? [user(messages)] : messages, ...fields }, { headers: { "x-request-id": id, ...headers } });
  const body = await response.json();
  const header = (name) => response.headers.get(`x-smartroute-${name}`);
  return { id, status: response.status, body, tier: header("tier"), reason: header("tier-reason"), model: header("model"), attempts: Number(header("attempts")) };
}
async function recordOf(gateway, { id }) {
  return until(`the record of ${id}`, async () => {
    const { records = [] } = await gateway.control.call("LogService/ListRecords", { pageSize: 200 });
    return records.find(({ requestId }) => requestId === id);
  });
}
const metrics = (gateway) => metricsOf(gateway.proxy.ready.proxy_ops);

// The least k with P(X <= k) >= 1 - 1e-9 for a binomial X, and its mirror at the other end: a test that compares with them fails by
// chance once in a billion runs.
function bounds(n, p, error = 1e-9) {
  const terms = [];
  let logChoose = 0;
  for (let k = 0; k <= n; ++k) {
    if (k > 0) logChoose += Math.log((n - k + 1) / k);
    terms.push(p === 0 || p === 1 ? Number(k === n * p) : Math.exp(logChoose + k * Math.log(p) + (n - k) * Math.log(1 - p)));
  }
  let least = 0;
  for (let sum = terms[0]; sum < error; sum += terms[++least]);
  let most = n;
  for (let sum = terms[n]; sum < error; sum += terms[--most]);
  return { least, most };
}
function assertShare(count, n, p, what) {
  const { least, most } = bounds(n, p);
  assert.ok(count >= least && count <= most, `${what}: ${count} of ${n}, not within ${least}..${most}`);
}
// `count` requests, `wide` at a time; how often each model answered.
async function shares(gateway, count, messages, { wide = 16, ...fields } = {}) {
  const seen = {};
  for (let done = 0; done < count; ) {
    const batch = Math.min(wide, count - done);
    for (const { status, model } of await Promise.all(Array.from({ length: batch }, () => send(gateway, messages, fields)))) {
      assert.equal(status, 200);
      seen[model] = (seen[model] ?? 0) + 1;
    }
    done += batch;
  }
  return (model) => seen[model] ?? 0;
}

const gateway = useGateway({ config: configWith(), proxyArgs: ["--workers", "2"] });
const ask = (...args) => send(gateway, ...args);
const configure = (...args) => gateway.setConfig(configWith(...args));

// Tier by what is asked, in no words that a list could hold.
const prompts = {
  t3: {
    "a theorem": hard,
    "another proof": "Show that every bounded monotone sequence of real numbers converges, starting from the least upper bound axiom only.",
    "a system": "We run one Postgres primary in Frankfurt and now get users in Asia and the US. Design how we go multi-region: replication, failover, consistency for payments, migration without downtime, and what it costs us in latency.",
    "定理": "设函数 f 在 [0,1] 上连续且 f(0)=f(1)，求证存在 ξ 使 f(ξ)=f(ξ+1/2)，并讨论能否推广到 1/n。",
    "系统": "设计一个支持千万级日活的即时通讯系统，给出架构、容量估算、消息一致性方案与容灾方案，并比较各种取舍。",
  },
  t1: {
    "a greeting": "Hi there! How are you doing today?",
    "a fact": easy,
    "a polite one":
      "Good morning! I hope you are doing well. I am so sorry to bother you with such a small thing, and please take all the time you need, but if it is not too much trouble, could you kindly tell me what the capital of Australia is? Thank you so very much in advance!",
    "问候": "你好，在吗？",
    "客气": "您好，非常抱歉打扰您，我知道您一定很忙，如果方便的话，麻烦您有空的时候帮我看一下，请问“谢谢”用英语怎么说？真的非常感谢您的耐心和帮助！",
  },
  t2: {
    "a function": code,
    "a query": "Write a SQL query for the top 5 customers by revenue per month.",
    "函数": "用 Python 写一个函数，反转链表。",
    "查询": "写一个 SQL 查询，统计每个月销售额最高的前五名客户。",
  },
};

describe("without any rule", () => {
  for (const mode of ["embedded", "cascade"])
    describe(`mode ${mode}`, () => {
      before(() => configure({ mode }));
      const answers = [];
      for (const [tier, named] of Object.entries(prompts))
        for (const [name, text] of Object.entries(named))
          test(`sends ${name} to ${tier}`, async () => {
            const answer = await ask(text);
            assert.deepEqual([answer.status, answer.tier, answer.model, answer.attempts], [200, tier, modelOf[tier], 1], answer.reason);
            assert.match(answer.reason, /^embedded:(0\.\d\d|1\.00)$/);
            answers.push(answer);
          });
      test("and records say how sure it was", async () => {
        assert.ok(answers.length > 0);
        for (const { id, reason, tier } of answers.reverse()) {
          const record = await recordOf(gateway, { id });
          assert.deepEqual([record.mode, record.reason, record.tier], ["embedded", reason, tier]);
          assert.ok(Math.abs(record.confidence - Number(reason.slice("embedded:".length))) <= 0.0051, `${record.confidence}`);
        }
      });
    });

  test("a stream goes where the same ask without one goes", async () => {
    const response = await chatFetch(gateway.baseURL, { messages: [user(hard)], stream: true });
    assert.match(await response.text(), /data: \[DONE\]/);
    assert.deepEqual([response.headers.get("x-smartroute-tier"), response.headers.get("x-smartroute-tier-reason")], ["t3", (await ask(hard)).reason]);
  });

  test("an ask without words goes to the default tier", async () => {
    for (const default_tier of ["t1", "t3"]) {
      await configure({ default_tier });
      for (const messages of [[user("")], [{ role: "system", content: "Prove everything." }]])
        assert.deepEqual([(await ask(messages)).tier, (await ask(messages)).reason], [default_tier, "default_tier"]);
    }
  });
});

test("mode random sends evenly to all tiers, whatever is asked", async () => {
  await configure({ mode: "random" });
  const n = 450;
  const seen = await shares(gateway, n, hard, { headers: { "x-session-id": "one" } });
  for (const model of Object.values(modelOf)) assertShare(seen(model), n, 1 / 3, model);
  const { tier, reason, model } = await ask(easy);
  assert.deepEqual([reason, model], ["random", modelOf[tier]]);
});

test("modes change at run time, by `smartroute config put`, on a connection that stays", async () => {
  await configure();
  const { pid } = gateway.proxy;
  const put = async (router) => {
    const path = join(gateway.folder, "put.json");
    writeFileSync(path, JSON.stringify(configWith(router)(gateway.mocks)));
    const { status, stderr } = run(binary("smartroute"), ["config", "put", path, "--admin", gateway.control.ready.admin, "--token", gateway.control.token]);
    assert.equal(status, 0, stderr);
    await gateway.untilApplied(await gateway.control.newest());
  };
  const seen = async () => (({ tier, reason }) => [tier, reason.replace(/:0\.\d\d|:1\.00/, "")])(await ask(hard));
  await put({ mode: "keyword", default_tier: "t1" });
  assert.deepEqual(await seen(), ["t1", "default_tier"]);
  await put({ mode: "embedded", keywords: { t1: ["differentiable"] } });
  assert.deepEqual(await seen(), ["t3", "embedded"]);
  await put({ mode: "cascade", keywords: { t1: ["differentiable"] } });
  assert.deepEqual(await seen(), ["t1", "keyword:differentiable"]);
  await put({ mode: "llm", llm: { model: "keyless/judge" } });
  assert.deepEqual(await seen(), ["t3", "embedded; judge no_credentials"]);
  await put({ mode: "random" });
  assert.equal((await seen())[1], "random");
  await put({ mode: "cascade" });
  assert.deepEqual(await seen(), ["t3", "embedded"]);
  assert.equal(gateway.proxy.pid, pid);
});

describe("a rule", () => {
  test("that names a tier wins over the classifier, upwards and downwards", async () => {
    const answers = [];
    await configure({ keywords: { t1: ["differentiable"], t2: ["/capital of \\w+/"], t3: ["机密"] } });
    for (const [text, tier, reason] of [
      [hard, "t1", "keyword:differentiable"],
      ["the CAPITAL of france, please", "t2", "keyword:/capital of \\w+/"],
      ["the ＤＩＦＦＥＲＥＮＴＩＡＢＬＥ one", "t1", "keyword:differentiable"],
    ]) {
      const answer = await ask(text);
      assert.deepEqual([answer.tier, answer.reason, answer.model], [tier, reason, modelOf[tier]]);
      answers.push(answer);
    }
    for (const answer of answers.reverse()) {
      const { mode, confidence } = await recordOf(gateway, answer);
      assert.deepEqual([mode, confidence], ["keyword", 1]);
    }
    const chinese = await ask("你好，这是一份机密文件");
    assert.equal(chinese.tier, "t3");
    assert.match(chinese.reason, /^keyword:[ -~]+$/, "a header holds ASCII");
    assert.match((await ask("The prefixdifferentiablesuffix is no word.")).reason, /^embedded:/);
  });

  test("that names a minimum raises what the classifier said, and never lowers it", async () => {
    await configure({ keywords: { at_least_t2: ["invoice"], at_least_t3: ["patient"] } });
    assert.match((await ask("Hi, thanks for the invoice!")).reason, /^embedded:[01]\.\d\d; raised from t1 by keyword$/);
    assert.deepEqual([(await ask("Hi, thanks for the invoice!")).tier, (await ask("Hello patient, thank you!")).tier], ["t2", "t3"]);
    const above = await ask(`${hard} (for invoice 7)`);
    assert.equal(above.tier, "t3");
    assert.match(above.reason, /^embedded:[01]\.\d\d$/);
    const raised = await ask("Hello patient, thank you!");
    const { route } = await recordOf(gateway, raised);
    assert.deepEqual([route.raisedBy, route.rules], ["keyword", ["patient"]]);
  });

  test("that names a minimum holds against one that names less", async () => {
    await configure({ mode: "keyword", default_tier: "t1", keywords: { t1: ["hello"], at_least_t2: ["invoice"] } });
    assert.deepEqual([(await ask("hello")).reason, (await ask("hello invoice")).reason], ["keyword:hello", "keyword:hello; raised from t1 by keyword"]);
    assert.equal((await ask("my invoice")).reason, "default_tier; raised from t1 by keyword");
  });
});

describe("a long prompt", () => {
  const filler = "The committee met again and decided nothing of note. ".repeat(300); // some 4,000 tokens

  test("raises a tier, never lowers one, and only from its length on", async () => {
    await configure({ mode: "keyword", default_tier: "t1", keywords: { t3: ["xyzzy"] }, long_context_tokens: 2000 });
    const about = (text) => [user(filler), assistant("Noted."), user(text)];
    assert.deepEqual([(await ask(about("hi"))).tier, (await ask(about("hi"))).reason], ["t2", "default_tier; raised from t1 by long_context"]);
    assert.equal((await ask(about("xyzzy"))).reason, "keyword:xyzzy");
    assert.equal((await ask("hi")).reason, "default_tier");
    await configure({ mode: "keyword", default_tier: "t1", long_context_tokens: 2000, long_context_tier: "t3" });
    assert.equal((await ask(about("hi"))).tier, "t3");
    await configure({ mode: "keyword", default_tier: "t1", long_context_tokens: 0 });
    assert.equal((await ask(about("hi"))).tier, "t1");
  });
});

describe("what a harness puts around an ask", () => {
  before(() => configure({ keywords: { t3: ["xyzzy"] } }));
  const noise = `xyzzy. ${hard} Never mention this. IMPORTANT: think step by step about architecture and security.`;
  const wrapped = {
    "Claude Code": (ask) => `<system-reminder>\n${noise}\n</system-reminder>\n${ask}\n<system-reminder>${noise}</system-reminder>`,
    "Claude Code, in parts": (ask) => [
      { type: "text", text: `<system-reminder>\n${noise}\n</system-reminder>` },
      { type: "text", text: ask },
    ],
    Cursor: (ask) => `<additional_data>\nBelow are some files.\n<attached_files>\n${noise}\n</attached_files>\n</additional_data>\n\n<user_query>\n${ask}\n</user_query>`,
    Cline: (ask) => `<task>\n${ask}\n</task>\n\n<environment_details>\n# VSCode Visible Files\n${noise}\n# Current Mode\nACT MODE\n</environment_details>`,
    Codex: (ask) => `<environment_context>\n  <cwd>/home/me</cwd>\n ${noise}\n</environment_context>\n${ask}`,
    Copilot: (ask) => `<environment_info>\n${noise}\n</environment_info>\n<userRequest>\n${ask}\n</userRequest>`,
  };
  for (const [name, wrap] of Object.entries(wrapped))
    test(`${name} changes nothing`, async () => {
      for (const text of [easy, hard, code, "把“早上好”翻译成英文", "just xyzzy"]) {
        const [naked, inside] = [await ask(text), await ask([user(wrap(text))])];
        assert.deepEqual([inside.tier, inside.reason], [naked.tier, naked.reason], text);
      }
    });

  test("a message that is nothing else is no ask: the one before it counts", async () => {
    const naked = await ask(code);
    const after = await ask([user(code), user(`<system-reminder>${noise}</system-reminder>`)]);
    assert.deepEqual([after.tier, after.reason], [naked.tier, naked.reason]);
  });

  test("what only looks like it is the ask itself", async () => {
    assert.equal((await ask("<system-reminder>xyzzy")).reason, "keyword:xyzzy");
    assert.equal((await ask("<my-own-tag>xyzzy</my-own-tag>")).reason, "keyword:xyzzy");
  });
});

describe("a conversation", () => {
  const keys = ["sk-gateway-one", "sk-gateway-two"];
  const as = (key, headers = {}) => ({ headers: { authorization: `Bearer ${key}`, ...headers } });
  const [one, two] = keys;
  const sticky = (router = {}) => configure({ session_ttl: "1h", ...router }, { gateway: { api_keys: keys } });
  before(() => sticky());

  const named = {
    "x-session-id": (id, key) => as(key, { "x-session-id": id }),
    "x-conversation-id": (id, key) => as(key, { "x-conversation-id": id }),
    user: (id, key) => ({ ...as(key), user: id }),
  };
  for (const [name, by] of Object.entries(named))
    test(`named by ${name} only moves up, and is its caller's own`, async () => {
      const mine = by(`${name} 1`, one);
      assert.equal((await ask(easy, mine)).tier, "t1");
      assert.equal((await ask(code, mine)).tier, "t2");
      const held = await ask(easy, mine);
      assert.deepEqual([held.tier, held.model], ["t2", "mock/medium"]);
      assert.match(held.reason, /^embedded:[01]\.\d\d; raised from t1 by session$/);
      assert.equal((await ask(hard, mine)).tier, "t3");
      assert.deepEqual([(await ask(easy, mine)).tier, (await ask(code, mine)).reason], ["t3", "session"]);
      assert.equal((await recordOf(gateway, await ask(easy, mine))).mode, "session");
      for (const other of [by(`${name} 1`, two), by(`${name} 2`, one), as(one)]) assert.equal((await ask(easy, other)).tier, "t1");
    });

  test("is named by x-session-id before the others", async () => {
    const names = (session, conversation) => ({ ...as(one, { "x-session-id": session, "x-conversation-id": conversation }), user: "the same for all" });
    assert.equal((await ask(hard, names("p", "q"))).tier, "t3");
    assert.equal((await ask(easy, names("r", "q"))).tier, "t1");
    assert.equal((await ask(easy, names("p", "s"))).tier, "t3");
  });

  test("without a name is known by how it began", async () => {
    const begun = [{ role: "system", content: "You are terse." }, user(hard)];
    assert.equal((await ask(begun, as(one))).tier, "t3");
    const later = [...begun, assistant("Yes."), user("thanks, and what is the capital of France?")];
    assert.deepEqual([(await ask(later, as(one))).tier, (await ask(later, as(one))).reason], ["t3", "session"]);
    assert.equal((await ask(later, as(two))).tier, "t1", "another caller's");
    const other = [{ role: "system", content: "You are verbose." }, ...later.slice(1)];
    assert.equal((await ask(other, as(one))).tier, "t1", "another beginning");
    assert.match((await ask(begun, as(one))).reason, /^embedded:/, "a beginning is judged each time");
  });

  test("in which a tool answers keeps its tier, whatever the tool says", async () => {
    const loop = [user(code), call, result(`${hard} xyzzy`)];
    assert.equal((await ask([user(code)], { ...as(one), tools: [tool] })).tier, "t2");
    const turn = await ask(loop, { ...as(one), tools: [tool] });
    assert.deepEqual([turn.tier, turn.reason], ["t2", "session; answers a tool call"]);
    // Nobody saw how this one began: the ask is judged.
    const unseen = await ask([user(`${code} (again)`), call, result(hard)], { ...as(two), tools: [tool] });
    assert.equal(unseen.tier, "t2");
    assert.match(unseen.reason, /^embedded:/);
  });

  test("whose first message is repeated follows the configuration of now", async () => {
    assert.equal((await ask(hard, as(one))).tier, "t3");
    await sticky({ mode: "keyword", default_tier: "t1" });
    assert.deepEqual([(await ask(hard, as(one))).tier, (await ask(hard, as(one))).reason], ["t1", "default_tier"]);
    await sticky();
    assert.equal((await ask(hard, as(one))).tier, "t3");
  });

  test("that began with what its harness says to everyone is not everyone's", async () => {
    const context = user("<environment_context>\n  <cwd>/home/me/project</cwd>\n</environment_context>");
    assert.equal((await ask([context, user(hard)], as(one))).tier, "t3");
    const other = await ask([context, user(easy)], as(one));
    assert.equal(other.tier, "t1", other.reason);
  });

  test("is nothing when session_ttl is 0, and by chance", async () => {
    const mine = as(one, { "x-session-id": "while it is off" });
    for (const router of [{ session_ttl: "0s" }, { mode: "random" }]) {
      await sticky(router);
      for (let i = 0; i < 5; ++i) await ask(hard, mine);
      await sticky();
      assert.equal((await ask(easy, mine)).tier, "t1");
      await sticky({ session_ttl: "0s" });
      assert.equal((await ask(easy, mine)).tier, "t1");
    }
  });
});

describe("what a model can take", () => {
  const models = [
    { id: "mock/blind", multimodal: false },
    { id: "mock/seeing", multimodal: true },
    { id: "mock/narrow", context_window: 1000 },
    { id: "mock/wide", context_window: 100_000 },
  ];
  const look = [user([{ type: "text", text: "What is in this picture?" }, picture])];
  const long = "The committee met again and decided nothing of note. ".repeat(200);
  const serve = (tiers, router = {}) => configure({ mode: "keyword", default_tier: "t1", ...router }, { models, tiers: { ...plain, ...tiers } });
  const skips = async (answer) => Object.fromEntries(((await recordOf(gateway, answer)).route.candidates ?? []).filter(({ skip }) => skip).map(({ model, skip }) => [model, skip]));

  test("a picture goes to a model that sees, and the record says who does not", async () => {
    await serve({ t1: { models: ["mock/blind", "mock/seeing"] } });
    const answer = await ask(look);
    assert.deepEqual([answer.tier, answer.model, answer.attempts], ["t1", "mock/seeing", 1]);
    assert.deepEqual(await skips(answer), { "mock/blind": "not_multimodal" });
    assert.equal((await ask("What is in this picture?")).model, "mock/blind");
  });

  test("a picture leaves a tier that is blind", async () => {
    await serve({ t1: { models: ["mock/blind"] }, t2: { models: ["mock/blind"] }, t3: { models: ["mock/seeing"] } });
    assert.deepEqual([(await ask(look)).model, (await ask(look)).reason], ["mock/seeing", "default_tier; t1 unusable, t3 serves"]);
    await serve({ t1: { models: ["mock/seeing"] }, t2: { models: ["mock/blind"] }, t3: { models: ["mock/blind"] } }, { default_tier: "t2" });
    assert.deepEqual([(await ask(look)).model, (await ask(look)).reason], ["mock/seeing", "default_tier; t2 unusable, t1 serves"]);
  });

  test("a window that is too small is skipped, and the record says so", async () => {
    await serve({ t1: { models: ["mock/narrow", "mock/wide"] } });
    assert.deepEqual([(await ask("hi")).model, (await ask(long)).model], ["mock/narrow", "mock/wide"]);
    assert.deepEqual(await skips(await ask(long)), { "mock/narrow": "context_window" });
    assert.equal((await ask("hi", { max_tokens: 5000 })).model, "mock/wide", "the answer needs room, too");
  });

  test("a tier without a window that fits hands over, and the reason says so", async () => {
    await serve({ t1: { models: ["mock/narrow"] }, t2: { models: ["mock/wide"] } });
    assert.deepEqual([(await ask(long)).model, (await ask(long)).reason], ["mock/wide", "default_tier; t1 too small, t2 serves"]);
    await serve({ t1: { models: ["mock/narrow"] }, t2: { models: ["mock/narrow"] }, t3: { models: ["mock/narrow"] } });
    const tried = await ask(long);
    assert.deepEqual([tried.status, tried.model, tried.reason], [200, "mock/narrow", "default_tier; no context window fits"]);
  });

  test("a tier whose models are all unusable hands over, up and then down", async () => {
    const unusable = { models: ["keyless/a", "keyless/b"] };
    const empty = { models: [] };
    for (const [tiers, default_tier, model, why] of [
      [{ t1: unusable }, "t1", "mock/medium", "t1 unusable, t2 serves"],
      [{ t1: unusable, t2: unusable }, "t1", "mock/large", "t1 unusable, t3 serves"],
      [{ t2: unusable }, "t2", "mock/large", "t2 unusable, t3 serves"],
      [{ t2: unusable, t3: unusable }, "t2", "mock/small", "t2 unusable, t1 serves"],
      [{ t3: unusable }, "t3", "mock/medium", "t3 unusable, t2 serves"],
      [{ t3: empty }, "t3", "mock/medium", "t3 empty, t2 serves"],
    ]) {
      await serve(tiers, { default_tier });
      const answer = await ask("hi");
      assert.deepEqual([answer.status, answer.model, answer.reason], [200, model, `default_tier; ${why}`]);
    }
    await serve({ t2: unusable, t3: unusable }, { default_tier: "t2", no_candidate: "up" });
    assert.equal((await ask("hi")).status, 502, "not downwards");
    await serve({ t1: unusable }, { no_candidate: "fail" });
    const failed = await ask("hi");
    assert.deepEqual([failed.status, failed.body.error.code], [502, "upstream_credentials_exhausted"]);
    assert.equal((await ask("hi", { model: "t1" })).status, 502);
  });
});

describe("a strategy", () => {
  // All of them in one tier; each test takes models of its own names, for what is known of a model outlives a configuration.
  const serve = (t2, { models = [], health = {}, mock = {} } = {}) =>
    Promise.all([
      gateway.mocks.mock.script({ default: {}, models: mock }),
      configure({ mode: "keyword", default_tier: "t2" }, { models, health, tiers: { ...plain, t2: { max_attempts: 5, ...t2 } } }),
    ]);
  const answeredBy = (count, options) => shares(gateway, count, "hi", options);

  test("sequential takes the first, and the next one when it fails", async () => {
    await serve({ models: ["mock/s1", "mock/s2", "mock/s3"] });
    assert.equal((await answeredBy(20))("mock/s1"), 20);
    await serve({ models: ["mock/s1", "mock/s2", "mock/s3"] }, { mock: { s1: { status: 503 }, s2: { cut_before_head: true } } });
    const answer = await ask("hi");
    assert.deepEqual([answer.model, answer.attempts], ["mock/s3", 3]);
    const tried = async (answer) => (await recordOf(gateway, answer)).attempts.map(({ model }) => model);
    // A second round of models that would not be asked again on their own account: what refuses our key does so a moment later, too.
    const refusing = { mock: { s1: { status: 401 }, s2: { status: 401 } }, health: { cooldowns: { unauthorized: "0s" } } };
    await serve({ models: ["mock/s1", "mock/s2"], rounds: 2 }, refusing);
    const failed = await ask("hi");
    assert.deepEqual([failed.status, await tried(failed)], [502, ["mock/s1", "mock/s2", "mock/s1", "mock/s2"]]);
    await serve({ models: ["mock/s1", "mock/s2"] }, refusing);
    assert.deepEqual(await tried(await ask("hi")), ["mock/s1", "mock/s2"]);
  });

  test("a model that hiccups is asked once more before the next one, if there are attempts for both", async () => {
    const tried = async (answer) => (await recordOf(gateway, answer)).attempts.map(({ model, status }) => `${model} ${status}`);
    await serve({ models: ["mock/h1", "mock/h2"], max_attempts: 3 }, { mock: { h1: { status: 500 } } });
    assert.deepEqual(await tried(await ask("hi")), ["mock/h1 500", "mock/h1 500", "mock/h2 200"]);
    await serve({ models: ["mock/h3", "mock/h4"], max_attempts: 2 }, { mock: { h3: { status: 500 } } });
    assert.deepEqual(await tried(await ask("hi")), ["mock/h3 500", "mock/h4 200"]);
    await serve({ models: ["mock/h5", "mock/h6"], max_attempts: 3 }, { mock: { h5: { status: 503 } } });
    assert.deepEqual(await tried(await ask("hi")), ["mock/h5 503", "mock/h6 200"]);
  });

  test("random respects weights", async () => {
    const models = [{ id: "mock/r1", weight: 8 }, { id: "mock/r2" }, { id: "mock/r3" }, { id: "mock/r4", weight: 0 }];
    await serve({ models: models.map(({ id }) => id), strategy: "random" }, { models });
    const n = 500;
    const seen = await answeredBy(n);
    assertShare(seen("mock/r1"), n, 0.8, "weight 8");
    assertShare(seen("mock/r2"), n, 0.1, "weight 1");
    assertShare(seen("mock/r3"), n, 0.1, "weight 1");
    assert.equal(seen("mock/r4"), 0, "weight 0 stands in only when all others fail");
    await serve({ models: models.map(({ id }) => id), strategy: "random" }, { models, mock: { r1: { status: 503 }, r2: { status: 503 }, r3: { status: 503 } } });
    const answer = await ask("hi");
    assert.deepEqual([answer.model, answer.attempts], ["mock/r4", 4]);
    const tried = (await recordOf(gateway, answer)).attempts.map(({ model }) => model);
    assert.deepEqual([...tried].sort(), models.map(({ id }) => id), "each once");
  });

  test("cheapest takes the cheaper one for this very prompt", async () => {
    const models = [
      { id: "mock/unpriced" },
      { id: "mock/cheap-to-ask", price: { input: 1, output: 20 } },
      { id: "mock/cheap-to-answer", price: { input: 10, output: 1 } },
    ];
    await serve({ models: models.map(({ id }) => id), strategy: "cheapest" }, { models });
    const long = "The committee met again and decided nothing of note. ".repeat(200);
    assert.equal((await ask("hi", { max_tokens: 2000 })).model, "mock/cheap-to-answer");
    assert.equal((await ask(long, { max_tokens: 10 })).model, "mock/cheap-to-ask");
    const { route } = await recordOf(gateway, await ask("hi", { max_tokens: 2000 }));
    assert.deepEqual(route.candidates.map(({ model }) => model), ["mock/cheap-to-answer", "mock/cheap-to-ask", "mock/unpriced"]);
    assert.match(route.candidates[0].note, /^\$0\.00\d{4}$/);
  });

  // Much slower than a loaded machine makes the quick one now and then.
  const slow = { first_token_ms: 300 };
  const slower = { first_token_ms: 1000 };

  test("fastest leaves a slow model, and returns when it is the faster one", async () => {
    const t2 = { models: ["mock/f1", "mock/f2"], strategy: "fastest" };
    await serve(t2, { mock: { f1: slow } });
    const first = await answeredBy(30, { wide: 1 });
    assert.ok(first("mock/f2") >= 26, `${first("mock/f2")} of 30 by the quick one`);
    await serve(t2, { mock: { f2: slower } });
    await until("the other one is found out", async () => (await ask("hi")).model === "mock/f1");
    const second = await answeredBy(30, { wide: 1 });
    assert.ok(second("mock/f1") >= 26, `${second("mock/f1")} of 30 by the quick one`);
    assert.match((await recordOf(gateway, await ask("hi"))).route.candidates[0].note, /^first byte \d+ ms, \d+ in flight$/);
  });

  test("adaptive gives a slow model little, and more when it is quick again", async () => {
    const t2 = { models: ["mock/a1", "mock/a2"], strategy: "adaptive" };
    await serve(t2, { mock: { a1: slower } });
    await until("it knows both", async () => {
      await answeredBy(8, { wide: 1 });
      const { value } = await metrics(gateway);
      return value("smartroute_model_first_byte_seconds", { model: "mock/a1" }) > 0 && value("smartroute_model_first_byte_seconds", { model: "mock/a2" }) > 0;
    });
    const n = 60;
    const away = await answeredBy(n, { wide: 1 });
    // At most a speed of 1/7 (some 140 ms against 1,000) and a rest of 1.5: 3/17.
    assert.ok(away("mock/a1") <= bounds(n, 3 / 17).most, `${away("mock/a1")} of ${n} by the slow one`);
    await serve(t2);
    await until("it has its share again", async () => (await answeredBy(20, { wide: 1 }))("mock/a1") >= 8);
  });

  for (const strategy of ["adaptive", "fastest"])
    test(`${strategy} leaves a failing model, and returns when that is forgotten`, async () => {
      const t2 = { models: [`mock/${strategy}-1`, `mock/${strategy}-2`], strategy };
      const failing = { [`${strategy}-1`]: { status: 503 } };
      const penalties = { server_error: 60 };
      await serve(t2, { mock: failing, health: { half_life: "1h", penalties } });
      const tries = async () => (await gateway.mocks.mock.stats()).per_model[`${strategy}-1`] ?? 0;
      await until("it has failed once", async () => (await ask("hi")).attempts === 2);
      const { value } = await metrics(gateway);
      assert.ok(value("smartroute_model_health", { model: `mock/${strategy}-1` }) < 0.1);
      assert.equal(value("smartroute_model_health", { model: `mock/${strategy}-2` }), 1);
      const failed = await tries();
      const seen = await answeredBy(60, { wide: 1 });
      assert.equal(seen(`mock/${strategy}-2`), 60);
      // Its chance is under 1/1000 (health 1/13, cubed, twice as quick), and 0 for fastest.
      assert.ok((await tries()) - failed <= bounds(60, 0.001).most);
      // What is known of a model outlives the configuration; only now it fades.
      await serve(t2, { health: { half_life: "1s", penalties } });
      await until("it serves again", async () => (await ask("hi")).model === `mock/${strategy}-1`);
    });

  test("any leaves a model that said 429 alone for its cooldown, while another is healthy", async () => {
    for (const strategy of ["sequential", "random", "adaptive", "fastest", "cheapest"]) {
      const [limited, other] = [`limited-${strategy}`, `other-${strategy}`];
      // Whatever would prefer the limited one.
      const models = [{ id: `mock/${limited}`, weight: 100, price: { input: 0, output: 0 } }, { id: `mock/${other}`, price: { input: 9, output: 9 } }];
      const t2 = { models: models.map(({ id }) => id), strategy };
      await serve(t2, { models, mock: { [limited]: { status: 429 } } });
      await until(`${strategy}: it was asked`, async () => (await ask("hi")).attempts === 2);
      const seen = await answeredBy(40);
      assert.equal(seen(`mock/${other}`), 40, strategy);
      assert.equal((await gateway.mocks.mock.stats()).per_model[limited], 1, `${strategy}: asked once in all`);
      assert.equal((await metrics(gateway)).value("smartroute_model_cooling", { model: `mock/${limited}` }), 1);
      const { route } = await recordOf(gateway, await ask("hi"));
      assert.deepEqual(route.candidates.map(({ model, note }) => [model, note === "cooling"]), [[`mock/${other}`, false], [`mock/${limited}`, true]]);
      // It is last, not gone.
      await serve(t2, { models, mock: { [other]: { status: 500 } } });
      assert.deepEqual([(await ask("hi")).model, (await ask("hi")).status], [`mock/${limited}`, 200], strategy);
    }
  });

  test("returns to a model after its cooldown", async () => {
    const t2 = { models: ["mock/brief", "mock/second"] };
    const health = { cooldowns: { rate_limited: "300ms" } };
    await serve(t2, { health, mock: { brief: { status: 429 } } });
    assert.deepEqual([(await ask("hi")).model, (await ask("hi")).attempts], ["mock/second", 1]);
    await serve(t2, { health });
    await until("it is asked again", async () => (await ask("hi")).model === "mock/brief");
    assert.equal((await metrics(gateway)).value("smartroute_model_cooling", { model: "mock/brief" }), 0);
  });

  test("serves also when every model is in cooldown", async () => {
    for (const strategy of ["sequential", "adaptive"]) {
      const names = [`cold-1-${strategy}`, `cold-2-${strategy}`];
      const t2 = { models: names.map((name) => `mock/${name}`), strategy };
      await serve(t2, { mock: Object.fromEntries(names.map((name) => [name, { status: 429 }])) });
      const failed = await ask("hi");
      assert.deepEqual([failed.status, failed.body.error.code, failed.attempts], [429, "upstream_rate_limited", 2]);
      const { value } = await metrics(gateway);
      for (const model of t2.models) assert.equal(value("smartroute_model_cooling", { model }), 1);
      await serve(t2);
      const seen = await answeredBy(10);
      assert.equal(t2.models.reduce((sum, model) => sum + seen(model), 0), 10);
    }
  });
});

test("all of it is in the metrics, and promtool has nothing to say about them", async () => {
  await configure({ keywords: { t1: ["xyzzy"] }, session_ttl: "1h" });
  const decided = async () => {
    const { value } = await metrics(gateway);
    return (reason, route) => value("smartroute_routing_decisions_total", { reason, route });
  };
  const before = await decided();
  const session = { headers: { "x-session-id": "counted" } };
  await ask("xyzzy");
  await ask(hard, session);
  await ask(easy, session);
  await ask(easy, { model: "t3" });
  await ask(easy, { model: "mock/large" });
  const after = await decided();
  for (const [mode, route] of [["keyword", "t1"], ["embedded", "t3"], ["session", "t3"], ["tier", "t3"], ["named", "named"]])
    assert.equal(after(mode, route) - before(mode, route), 1, `${mode} ${route}`);
  const { text, value, series } = await metrics(gateway);
  for (const name of ["smartroute_model_health", "smartroute_model_cooling", "smartroute_model_in_flight", "smartroute_model_first_byte_seconds"])
    assert.ok(series.some((s) => s.name === name && s.labels.model === "mock/large"), name);
  assert.equal(value("smartroute_model_in_flight"), 0);
  assert.ok(value("smartroute_model_first_byte_seconds", { model: "mock/large" }) > 0);
  const checked = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" });
  assert.deepEqual([checked.status, checked.stdout + checked.stderr], [0, ""]);
});

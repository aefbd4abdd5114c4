// The cells: what is sent, for how long, and the numbers taken from it.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { coreBusy, coreSample, cpuBetween, cpuSample, PROXY_CORE, residentBytes, RIG_CORE, run, setBatch } from "./rig.mjs";

export const EVENTS = 100;
const STREAM_EVENTS = EVENTS + 3; // role, finish reason, [DONE]
const CLOSED_CONNECTIONS = 32;
const RATE_SHARE = 0.3; // of nginx's ceiling in the same run
const PACE_MS = 5;
// Streams a second: some 52 open at any time. Random gaps, the same for every way, keep their events out of step.
const PACED_RATE = 100;

export const SCENARIOS = [
  { name: "1k", title: "1 KB prompt, plain answer", prompt: "1k", mock: { content_bytes: 700 } },
  { name: "16k", title: "16 KB prompt, plain answer", prompt: "16k", mock: { content_bytes: 700 } },
  { name: "stream", title: "100-event stream, unpaced", prompt: "1k", stream: true, mock: { events: EVENTS } },
  {
    name: "paced",
    title: `100-event stream, one event per ${PACE_MS} ms`,
    prompt: "1k",
    stream: true,
    paced: true,
    mock: { events: EVENTS, pace_ms: PACE_MS, stamp: true },
  },
];

export function durations(quick) {
  return quick
    ? { warm: 0.1, calibrate: 0.3, closed: 0.3, open: 0.3, openWarm: 0.05, paced: 0.6, streams: 50, hold: 0.5 }
    : { warm: 0.5, calibrate: 2, closed: 2, open: 2.5, openWarm: 0.25, paced: 4, streams: 1000, hold: 3 };
}

function loadCommand(bin, way, scenario, more) {
  const command = [join(bin, "smartroute-load"), "--url", way.url, "--prompt", scenario.prompt, "--mock",
    JSON.stringify(scenario.mock), "--allow-errors", ...more];
  if (scenario.stream) command.push("--stream");
  if (scenario.mock.events > 0) command.push("--min-events", String(STREAM_EVENTS));
  for (const header of way.headers) command.push("--header", header);
  return command;
}

async function load(command, options) {
  const { code, out, errors } = await run(command, { core: RIG_CORE, ...options });
  if (code !== 0) throw new Error(`${command.join(" ")}\nexit ${code}\n${errors}`);
  return JSON.parse(out.trim().split("\n").pop());
}

// One run of the load with everything around it measured.
async function observed(way, command, options) {
  const sample = () => ({
    proxy: way.child ? cpuSample(way.child.pid) : new Map(),
    others: way.others.map((child) => cpuSample(child.pid)),
    rigCore: coreSample(RIG_CORE),
    proxyCore: coreSample(PROXY_CORE),
  });
  const before = sample();
  const report = await load(command, options);
  const after = sample();
  const cpu = cpuBetween(before.proxy, after.proxy);
  const others = after.others.map((now, i) => cpuBetween(before.others[i], now).total).reduce((a, b) => a + b, 0);
  const answers = Math.max(report.completed + report.failed, 1);
  const share = cpu.total / 1e9 / Math.max(report.elapsed_s, 1e-3);
  return {
    completed: report.completed,
    failed: report.failed,
    errors: report.errors,
    perSecond: report.per_second,
    cpuUs: cpu.total / 1000 / answers,
    cpuUserShare: cpu.user + cpu.system > 0 ? cpu.user / (cpu.user + cpu.system) : 0,
    cpuSource: cpu.source,
    othersCpuUs: others / 1000 / answers,
    proxyBusy: share,
    rigBusy: coreBusy(before.rigCore, after.rigCore),
    // What else ran on the proxy's core: should be nothing.
    foreignBusy: Math.max(coreBusy(before.proxyCore, after.proxyCore) - share, 0),
    latency: report.latency_us,
    eventDelay: report.event_delay_us,
  };
}

export function makeMeasure({ bin, mockPid, times }) {
  const closed = async (way, scenario, seconds) => {
    setBatch(mockPid, true);
    const more = ["--connections", String(CLOSED_CONNECTIONS), "--duration", String(seconds)];
    const cell = await observed(way, loadCommand(bin, way, scenario, more), { batch: true });
    setBatch(mockPid, false);
    return cell;
  };
  return {
    warm: (way, scenario) => {
      if (scenario.paced) return null;
      return load(loadCommand(bin, way, scenario, ["--connections", "64", "--duration", String(times.warm)]));
    },
    rate: async (way, scenario) => {
      const ceiling = (await closed(way, scenario, times.calibrate)).perSecond;
      return Math.max(Math.round((ceiling * RATE_SHARE) / 100) * 100, 100);
    },
    closed: (way, scenario) => closed(way, scenario, times.closed),
    open: (way, scenario, rate) => {
      const more = ["--connections", "64", "--rate", String(rate), "--duration", String(times.open), "--warmup", String(times.openWarm)];
      return observed(way, loadCommand(bin, way, scenario, more));
    },
    paced: (way, scenario) => {
      const more = ["--connections", "200", "--rate", String(PACED_RATE), "--poisson", "--duration", String(times.paced)];
      return observed(way, loadCommand(bin, way, scenario, more));
    },
    // Resident memory that open streams add to a proxy that has just served a few requests.
    memory: async (way) => {
      const few = ["--connections", "4", "--requests", "200"];
      await load(loadCommand(bin, way, { prompt: "1k", stream: true, mock: { events: EVENTS } }, few));
      await sleep(300);
      const idle = residentBytes(way.child.pid);
      let open = null;
      const onLine = (line) => {
        if (line.startsWith('{"open"')) {
          open = sleep((times.hold * 1000) / 2).then(() => residentBytes(way.child.pid));
        }
      };
      const more = ["--open-streams", String(times.streams), "--hold", String(times.hold)];
      const endless = { prompt: "1k", stream: true, mock: { events: -1, pace_ms: 1000 } };
      const report = await load(loadCommand(bin, way, endless, more), { onLine });
      const full = open ? await open : 0;
      return { failed: report.failed, errors: report.errors, idle, perThousand: ((full - idle) * 1000) / times.streams };
    },
  };
}

// Cells to Markdown. Every figure is "median (min–max)" over the rounds; ratios are taken inside a round first.
export function spread(values) {
  const sorted = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { min: sorted[0], median, max: sorted[sorted.length - 1] };
}

function figure(value, digits) {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(digits);
}

function show(values, digits = 1, unit = "") {
  const s = spread(values);
  if (!s) return "–";
  return `${figure(s.median, digits)}${unit} (${figure(s.min, digits)}–${figure(s.max, digits)})`;
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}

// results: { environment, rounds, ways: [names], rates: {scenario: n}, cells: [{round, kind, scenario, way, ...}], memory: [...] }
export function makeReport(results, scenarios) {
  const { cells, ways } = results;
  const proxies = ways.filter((way) => way !== "direct");
  const rivals = proxies.filter((way) => way !== "nginx");
  const has = (way) => ways.includes(way);
  const pick = (kind, scenario, way, field) =>
    cells.filter((c) => c.kind === kind && c.scenario === scenario && c.way === way).map(field);
  const ratio = (kind, scenario, way, field, base = "nginx") =>
    cells
      .filter((c) => c.kind === kind && c.scenario === scenario && c.way === way)
      .map((c) => {
        const other = cells.find((o) => o.kind === kind && o.scenario === scenario && o.way === base && o.round === c.round);
        return other ? field(c) / field(other) : NaN;
      });
  // A latency minus that of the direct way in the same round.
  const added = (c, field) => {
    const direct = cells.find((o) => o.kind === c.kind && o.scenario === c.scenario && o.way === "direct" && o.round === c.round);
    return direct ? field(c) - field(direct) : NaN;
  };
  const ratioTitles = has("nginx") ? rivals.map((way) => `${way} ÷ nginx`) : [];
  const ratios = (kind, scenario, field) => (has("nginx") ? rivals.map((way) => show(ratio(kind, scenario, way, field), 2)) : []);
  const parts = [];

  const e = results.environment;
  parts.push(
    "### Machine and versions",
    table(["what", "value"], [
      ["CPU", `${e.cpu}, ${e.cores} cores (proxy alone on core 1; load generator and provider on core 0)`],
      ["kernel", `${e.kernel}, TCP ${e.congestion_control}`],
      ["nginx / HAProxy / SmartRoute", `${e.nginx} / ${e.haproxy} / ${e.smartroute ?? "absent"}`],
      ["taken", `${results.taken}, ${results.rounds} rounds, interleaved`],
    ]),
  );

  const cpuRows = (kind, list) =>
    list.map((s) => [s.title, ...proxies.map((way) => show(pick(kind, s.name, way, (c) => c.cpuUs))), ...ratios(kind, s.name, (c) => c.cpuUs)]);
  const plain = scenarios.filter((s) => !s.paced);
  const paced = scenarios.filter((s) => s.paced);
  const rows = cpuRows("closed", plain).concat(
    paced.flatMap((s) => [
      ...cpuRows("paced", [s]),
      ["– per paced event", ...proxies.map((way) => show(pick("paced", s.name, way, (c) => c.cpuUs / 103), 2)), ...ratios("paced", s.name, (c) => c.cpuUs)],
    ]),
  );
  const source = cells.find((c) => c.way !== "direct")?.cpuSource ?? "?";
  parts.push(
    `### CPU of the proxy, µs per request or stream (from ${source})`,
    "Plain and unpaced: closed loop, 32 connections. Paced: 100 streams a second.",
    table(["scenario", ...proxies, ...ratioTitles], rows),
  );

  if (plain.length) {
    parts.push(
      "### The same at the fixed rate of the latency table",
      table(["scenario", ...proxies, ...ratioTitles], cpuRows("open", plain)),
      "### Latency at a fixed rate (open loop, from the intended send time), µs",
      table(
        ["scenario", "rate/s", "direct p50 / p99", ...proxies.flatMap((way) => [`${way} added p50`, `${way} added p99`]), ...ratioTitles.map((t) => `added p99, ${t}`)],
        plain.map((s) => {
          const of = (way, q) => cells.filter((c) => c.kind === "open" && c.scenario === s.name && c.way === way).map((c) => added(c, (x) => x.latency[q]));
          return [
            s.title,
            String(results.rates[s.name]),
            `${show(pick("open", s.name, "direct", (c) => c.latency.p50), 0)} / ${show(pick("open", s.name, "direct", (c) => c.latency.p99), 0)}`,
            ...proxies.flatMap((way) => [show(of(way, "p50"), 0), show(of(way, "p99"), 0)]),
            ...(has("nginx") ? rivals.map((way) => show(of(way, "p99").map((value, i) => value / of("nginx", "p99")[i]), 2)) : []),
          ];
        }),
      ),
    );
  }
  for (const s of paced) {
    const delay = (way, q) => show(pick("paced", s.name, way, (c) => c.eventDelay?.[q]), 0);
    parts.push(
      "### Delay of a paced event, provider's stamp to client's read, µs",
      table(["quantile", ...ways], ["p50", "p99"].map((q) => [q, ...ways.map((way) => delay(way, q))])),
    );
  }
  if (plain.length) {
    const saturated = (s, way) => {
      const list = cells.filter((c) => c.kind === "closed" && c.scenario === s.name && c.way === way);
      const bound = list.some((c) => c.rigBusy > 0.97 && c.proxyBusy < 0.95) ? " rig-bound" : "";
      return `${show(list.map((c) => c.perSecond), 0)}${bound}`;
    };
    const perCore = (s, way) => show(pick("closed", s.name, way, (c) => c.perSecond / Math.min(c.proxyBusy, 1)), 0);
    parts.push(
      "### Requests per second with one core, at saturation",
      "Measured, and per fully busy core. Rig-bound: core 0 was the bottleneck, so the measured figure is too low.",
      table(
        ["scenario", "direct", ...proxies.flatMap((way) => [way, `${way} per core`])],
        plain.map((s) => [s.title, show(pick("closed", s.name, "direct", (c) => c.perSecond), 0), ...proxies.flatMap((way) => [saturated(s, way), perCore(s, way)])]),
      ),
    );
  }
  if (results.memory.length) {
    const of = (way, field) => show(results.memory.filter((m) => m.way === way).map((m) => field(m) / 1e6), 1);
    parts.push(
      "### Resident memory, MB",
      table(["", ...proxies], [
        ["idle, after 200 requests", ...proxies.map((way) => of(way, (m) => m.idle))],
        ["added by 1,000 open streams", ...proxies.map((way) => of(way, (m) => m.perThousand))],
      ]),
    );
  }
  const worst = (field) => Math.max(0, ...cells.map(field));
  const pauses = ways.map((way) => `${way} ${(Math.max(0, ...cells.filter((c) => c.way === way && c.kind === "open").map((c) => c.latency.share_40ms)) * 100).toFixed(3)} %`);
  const failed = cells.concat(results.memory).reduce((sum, c) => sum + c.failed, 0);
  parts.push(
    "### Health of the run",
    table(["what", "value"], [
      ["failed requests", String(failed)],
      ["answers in a bump at 40 ms (delayed ACK) at the fixed rate, worst cell", pauses.join(", ")],
      ["other work on the proxy's core, worst cell", `${(worst((c) => c.foreignBusy) * 100).toFixed(0)} %`],
      ["core 0 busy at the fixed rate, worst cell", `${(worst((c) => (c.kind === "closed" ? 0 : c.rigBusy)) * 100).toFixed(0)} %`],
      ...(has("smartroute")
        ? [["CPU of smartroute-control beside it, µs per request (on core 0)", show(cells.filter((c) => c.way === "smartroute" && c.kind === "closed").map((c) => c.othersCpuUs), 1)]]
        : []),
    ]),
  );
  if (has("smartroute") && has("nginx")) parts.push("### Goals", goals(results, ratio, added));
  return parts.join("\n\n") + "\n";
}

function goals(results, ratio, added) {
  const median = (values) => spread(values)?.median;
  const { cells, memory } = results;
  const p99 = (scenario) =>
    cells
      .filter((c) => c.kind === "open" && c.scenario === scenario && c.way === "smartroute")
      .map((c) => {
        const nginx = cells.find((o) => o.kind === "open" && o.scenario === scenario && o.way === "nginx" && o.round === c.round);
        return added(c, (x) => x.latency.p99) / added(nginx, (x) => x.latency.p99);
      });
  const cpu = (c) => c.cpuUs;
  const rows = [
    ["CPU per 1 KB request ÷ nginx", 1.25, median(ratio("closed", "1k", "smartroute", cpu))],
    ["CPU per unpaced 100-event stream ÷ nginx", 0.6, median(ratio("closed", "stream", "smartroute", cpu))],
    ["CPU per paced event ÷ nginx", 1.05, median(ratio("paced", "paced", "smartroute", cpu))],
    ["added p99 at a fixed rate ÷ nginx, 1 KB", 1.5, median(p99("1k"))],
    ["MB added by 1,000 open streams", 20, median(memory.filter((m) => m.way === "smartroute").map((m) => m.perThousand / 1e6))],
    ["share of answers in a 40 ms mode", 0.0005, Math.max(0, ...cells.filter((c) => c.way === "smartroute" && c.kind === "open").map((c) => c.latency.share_40ms))],
  ];
  return table(
    ["goal", "at most", "measured", ""],
    rows.filter((row) => row[2] !== undefined).map(([what, limit, value]) => [what, String(limit), value.toFixed(value < 0.01 ? 4 : 2), value <= limit ? "met" : "missed"]),
  );
}

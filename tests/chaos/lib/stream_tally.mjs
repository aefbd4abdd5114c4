// What became of many streams: a row for each kind of trouble, a column for each verdict; and the violations, with the way back to them.
const columns = ["whole", "broken", "cut", "refused", "left", "unanswered", "VIOLATION"];
const kept = 200;

export class Tally {
  constructor(seed) {
    this.seed = seed;
    this.rows = new Map(); // "kind | tier" -> {verdict: count}
    this.violations = [];
    this.verdicts = Object.fromEntries(columns.map((column) => [column, 0]));
    this.slowestMs = 0;
    this.byModel = { one: 0, two: 0 };
  }

  add(plan, judgement, ms) {
    const key = `${plan.second ? "both models" : plan.kind} | ${plan.stream ? (plan.tier.buffered ? "buffered" : "live") : plan.tier.buffered ? "plain, buffered" : "plain"}`;
    if (!this.rows.has(key)) this.rows.set(key, Object.fromEntries(columns.map((column) => [column, 0])));
    ++this.rows.get(key)[judgement.verdict];
    ++this.verdicts[judgement.verdict];
    if (judgement.from) ++this.byModel[judgement.from.model];
    this.slowestMs = Math.max(this.slowestMs, ms);
    if (judgement.verdict === "VIOLATION" && this.violations.length < kept) this.violations.push({ replay: `SMARTROUTE_CHAOS_SEED=${this.seed} SMARTROUTE_CHAOS_ONLY=${plan.n}`, why: judgement.why, plan });
  }

  get total() {
    return Object.values(this.verdicts).reduce((sum, count) => sum + count, 0);
  }

  table() {
    const rows = [...this.rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, counts]) => [...key.split(" | "), ...columns.map((column) => counts[column] || "")]);
    const all = [["trouble", "tier", ...columns], ...rows, ["all", "", ...columns.map((column) => this.verdicts[column])]];
    const widths = all[0].map((_, i) => Math.max(...all.map((row) => String(row[i]).length)));
    return all.map((row) => row.map((cell, i) => (i < 2 ? String(cell).padEnd(widths[i]) : String(cell).padStart(widths[i]))).join("  ")).join("\n");
  }

  toJSON() {
    const rows = [...this.rows].map(([key, counts]) => ({ trouble: key.split(" | ")[0], tier: key.split(" | ")[1], ...counts }));
    return { seed: this.seed, streams: this.total, verdicts: this.verdicts, slowest_ms: Math.round(this.slowestMs), served_by: this.byModel, rows, violations: this.violations };
  }
}

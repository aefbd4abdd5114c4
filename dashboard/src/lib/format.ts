// Numbers and times as people read them. Pure: the language and the zone are arguments.
export type FormatOptions = {
  language: string;
  timeZone: "local" | "utc";
  /** What stands where a value is not known. */
  unknown: string;
};
export type Amount = number | bigint;
export type Format = {
  /** 1,234,567 */
  number(value: Amount, maxDecimals?: number): string;
  /** 1.2M */
  compact(value: Amount): string;
  /** Of a share between 0 and 1: 12.3% */
  percent(share: number): string;
  /** Of milliseconds: 840 ms, 1.24 s, 3 min 5 s, 2 h 10 min, 4 d 3 h */
  duration(ms: Amount): string;
  /** 1.5 GB, by thousands */
  bytes(value: Amount): string;
  /** Of billionths of a dollar; undefined is not known, and never 0. */
  usd(nanoUsd: Amount | undefined): string;
  /** A count of tokens: whole up to 99,999, then compact. */
  tokens(value: Amount): string;
  dateTime(ms: Amount): string;
  time(ms: Amount): string;
  /** With milliseconds. */
  timeMs(ms: Amount): string;
  /** 3 minutes ago */
  relative(ms: Amount, nowMs?: number): string;
};

const cache = new Map<string, unknown>();
function kept<T>(key: string, make: () => T): T {
  const known = cache.get(key);
  if (known !== undefined) return known as T;
  const made = make();
  cache.set(key, made);
  return made;
}

function numbers(language: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  return kept(`n ${language} ${JSON.stringify(options)}`, () => new Intl.NumberFormat(language, options));
}

function dates(options: FormatOptions, form: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const zone = options.timeZone === "utc" ? { timeZone: "UTC" } : {};
  return kept(
    `d ${options.language} ${options.timeZone} ${JSON.stringify(form)}`,
    () => new Intl.DateTimeFormat(options.language, { ...form, ...zone, hourCycle: "h23" }),
  );
}

export function formatDuration(language: string, value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value < 0) return `-${formatDuration(language, -value)}`;
  const digits = (maximumFractionDigits: number) => numbers(language, { maximumFractionDigits });
  if (value < 1 && value > 0) return `${digits(2).format(value)} ms`;
  if (value < 999.5) return `${digits(value < 10 ? 1 : 0).format(value)} ms`;
  if (value < 59_950) return `${digits(value < 9_995 ? 2 : 1).format(value / 1000)} s`;
  const two = (big: number, bigUnit: string, small: number, smallUnit: string) =>
    small > 0 ? `${big} ${bigUnit} ${small} ${smallUnit}` : `${big} ${bigUnit}`;
  const seconds = Math.round(value / 1000);
  if (seconds < 3600) return two(Math.floor(seconds / 60), "min", seconds % 60, "s");
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return two(Math.floor(minutes / 60), "h", minutes % 60, "min");
  const hours = Math.round(minutes / 60);
  return two(Math.floor(hours / 24), "d", hours % 24, "h");
}

const byteUnits = ["B", "kB", "MB", "GB", "TB", "PB"];
export function formatBytes(language: string, value: number): string {
  let unit = 0;
  let amount = value;
  while (Math.abs(amount) >= 999.5 && unit < byteUnits.length - 1) {
    amount /= 1000;
    unit++;
  }
  const maximumFractionDigits = unit === 0 || Math.abs(amount) >= 99.95 ? 0 : 1;
  return `${numbers(language, { maximumFractionDigits }).format(amount)} ${byteUnits[unit]}`;
}

/** Cents from a dollar up; below, as many decimals as show two digits of what is there. */
export function formatUsd(language: string, nanoUsd: number): string {
  const dollars = nanoUsd / 1e9;
  const size = Math.abs(dollars);
  let decimals = 2;
  if (size > 0 && size < 1) decimals = Math.min(9, Math.max(2, 1 - Math.floor(Math.log10(size))));
  if (size >= 1) decimals = 2;
  return numbers(language, {
    style: "currency",
    currency: "USD",
    currencyDisplay: "narrowSymbol",
    minimumFractionDigits: size === 0 ? 0 : 2,
    maximumFractionDigits: decimals,
  }).format(dollars);
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
];
export function formatRelative(language: string, ms: number, nowMs: number): string {
  const distance = ms - nowMs;
  const words = kept(`r ${language}`, () => new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "long" }));
  for (const [unit, size] of steps) {
    if (Math.abs(distance) >= size * 0.95) return words.format(Math.round(distance / size), unit);
  }
  return words.format(0, "second");
}

export function createFormat(options: FormatOptions): Format {
  const { language } = options;
  const plain = (value: Amount, maximumFractionDigits: number) => numbers(language, { maximumFractionDigits }).format(value);
  const compact = (value: Amount) => numbers(language, { notation: "compact", maximumFractionDigits: 1 }).format(value);
  const timeForm = { hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
  const at = (ms: Amount, form: Intl.DateTimeFormatOptions) => {
    const value = Number(ms);
    return Number.isFinite(value) ? dates(options, form).format(value) : "–";
  };
  return {
    number: (value, maxDecimals = 0) => plain(value, maxDecimals),
    compact,
    percent(share) {
      if (!Number.isFinite(share)) return "–";
      const near = Math.abs(share);
      const digits = near !== 0 && near < 0.01 ? 2 : near < 0.9995 && near > 0.99 ? 2 : 1;
      return numbers(language, { style: "percent", maximumFractionDigits: digits }).format(share);
    },
    duration: (ms) => formatDuration(language, Number(ms)),
    bytes: (value) => formatBytes(language, Number(value)),
    usd: (nanoUsd) => (nanoUsd === undefined ? options.unknown : formatUsd(language, Number(nanoUsd))),
    tokens: (value) => (Number(value) < 100_000 ? plain(value, 0) : compact(value)),
    dateTime: (ms) => at(ms, { year: "numeric", month: "short", day: "numeric", ...timeForm }),
    time: (ms) => at(ms, timeForm),
    timeMs: (ms) => at(ms, { ...timeForm, fractionalSecondDigits: 3 }),
    relative: (ms, nowMs = Date.now()) => formatRelative(language, Number(ms), nowMs),
  };
}

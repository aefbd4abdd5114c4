// Writes the licences of everything that a built dashboard holds: the packages of "dependencies" with all that they bring along, and
// those that leave a part of themselves in the bundle although only the build needs them.
//
//   node tools/third-party-notices.mjs build/release/share/smartroute/dashboard/third-party-notices.txt
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const dashboard = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Style sheets, and the loader of files that come on demand. */
const leftByTheBuild = ["rolldown", "tailwindcss", "tw-animate-css", "vite"];

/** Types only; at run time src/lib/proto stands for it (see vite.config.ts). */
const notInTheBundle = ["@bufbuild/protobuf"];

/** No file with its licence comes along; package.json names the author and the licence, whose words another package has. */
const withoutFile = { "react-remove-scroll-bar": { copyright: "Copyright (c) Anton Korzunov", wordsOf: "react-remove-scroll" } };

const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));

/** Names of all packages that may end in the bundle, in order. */
export function shippedPackages(folder = dashboard) {
  const { packages } = readJson(join(folder, "package-lock.json"));
  const names = Object.entries(packages)
    .filter(([path, facts]) => path !== "" && !facts.dev && !facts.devOptional && !facts.optional)
    .map(([path]) => path.slice("node_modules/".length));
  return [...new Set([...names, ...leftByTheBuild])].filter((name) => !notInTheBundle.includes(name)).sort();
}

function licenceFile(folder) {
  const name = readdirSync(folder).find((file) => /^(licen[cs]e|copying|unlicense)/i.test(file));
  // What a tool bundles for itself follows behind its own licence, and is not in what it builds.
  return name && readFileSync(join(folder, name), "utf8").replaceAll("\r\n", "\n").split(/^# (?:Licenses of b|B)undled dependencies/m)[0].trim();
}

function licenceOf(name, folder) {
  const text = licenceFile(join(folder, "node_modules", name));
  if (text) return text;
  const known = withoutFile[name];
  if (!known) throw new Error(`${name} comes without a licence file: say what its licence is in tools/third-party-notices.mjs`);
  return licenceFile(join(folder, "node_modules", known.wordsOf)).replace(/^Copyright.*$/m, known.copyright);
}

/** Packages with the same words share one entry. */
export function thirdPartyNotices(folder = dashboard) {
  const byText = new Map();
  for (const name of shippedPackages(folder)) {
    const { version, license } = readJson(join(folder, "node_modules", name, "package.json"));
    const text = licenceOf(name, folder);
    byText.set(text, [...(byText.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  const entries = [...byText].map(([text, names]) => `## ${names.join("\n## ")}\n\n\`\`\`\n${text}\n\`\`\`\n`);
  return `# Third-party notices of the dashboard\n\nIts files hold these npm packages, or parts of them.\n\n${entries.join("\n")}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(process.argv[2], thirdPartyNotices());

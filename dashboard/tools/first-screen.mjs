// Fails a build whose first screen has grown too heavy: all that a browser loads for "/" of somebody signed in, compressed.
import { gzipSync } from "node:zlib";

export const budgetBytes = 250_000;

/** What a chunk brings along at once: its static imports, and theirs. */
function closure(bundle, names, files = new Set()) {
  for (const name of names) {
    const chunk = bundle[name];
    if (!chunk || files.has(name)) continue;
    files.add(name);
    if (chunk.type !== "chunk") continue;
    for (const style of chunk.viteMetadata?.importedCss ?? []) files.add(style);
    closure(bundle, chunk.imports, files);
  }
  return files;
}

// What comes only when somebody opens it, or before there is anything to show.
const onDemand = /\/(range-popover|limits-form|confirm-dialog-body|getting-started)\.tsx$/;

export function firstScreen(bundle) {
  const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
  const from = (end) => chunks.filter((chunk) => chunk.facadeModuleId?.endsWith(end)).map((chunk) => chunk.fileName);
  const entry = chunks.filter((chunk) => chunk.isEntry).map((chunk) => chunk.fileName);
  const page = from("/features/overview/index.tsx");
  // The page's own late parts (its chart) come with the first screen; those of the entry are the other pages.
  if (entry.length !== 1 || page.length !== 1) throw new Error("the entry or the overview is not where first-screen.mjs looks for it");
  const base = closure(bundle, entry);
  const late = [...closure(bundle, page)].filter((name) => !base.has(name))
    .flatMap((name) => bundle[name]?.dynamicImports ?? [])
    .filter((name) => !onDemand.test(bundle[name]?.facadeModuleId ?? ""));
  const texts = [...from("src/locales/en.json"), ...from("/features/overview/locales/en.json")];
  return [...closure(bundle, [...entry, ...page, ...late, ...texts])].map((name) => {
    const file = bundle[name];
    const text = file.type === "chunk" ? file.code : file.source;
    return { name, bytes: gzipSync(text, { level: 9 }).length };
  });
}

/** As a plugin of Vite. */
export function firstScreenBudget() {
  return {
    name: "first-screen-budget",
    apply: "build",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        // Files that wait for one another start in an order in which something is still missing.
        for (const chunk of Object.values(bundle)) {
          if (chunk.type === "chunk" && closure(bundle, chunk.imports).has(chunk.fileName)) this.error(`${chunk.fileName} imports itself by way of another file`);
        }
        const files = firstScreen(bundle).sort((a, b) => b.bytes - a.bytes);
        const total = files.reduce((sum, file) => sum + file.bytes, 0);
        const list = files.map((file) => `  ${String(file.bytes).padStart(7)}  ${file.name}`).join("\n");
        const line = `first screen: ${(total / 1000).toFixed(1)} of ${budgetBytes / 1000} kB compressed, ${files.length} files`;
        if (total > budgetBytes) this.error(`${line}\n${list}`);
        console.log(process.env.SMARTROUTE_DASHBOARD_SIZES ? `${line}\n${list}` : line);
      },
    },
  };
}

/**
 * What the entries need goes into one file, except what is to stay alone: it compresses better than forty small ones, and is there at
 * once. A plugin, which learns what that is, and the group of chunks to be given to rolldown.
 */
export function oneFileFor(entries, alone) {
  const everywhere = new Set();
  // Files that only pass on all of a library say nothing about which part of it is used.
  const passesOn = /node_modules\/(radix-ui|lucide-react)\//;
  // Of the library that is passed on, what a tooltip needs: there is one on every page.
  const tooltip = /node_modules\/@(floating-ui|radix-ui\/react-(tooltip|popper|arrow|portal|presence|primitive|slot|context|compose-refs|id|use-[a-z-]+|dismissable-layer|visually-hidden))\//;
  const seen = new Set();
  const add = (context, id) => {
    if (seen.has(id) || passesOn.test(id)) return;
    seen.add(id);
    if (!alone.test(id)) everywhere.add(id);
    for (const next of context.getModuleInfo(id)?.importedIds ?? []) add(context, next);
  };
  // The icons that the code itself names; some have another name than their file, and stay where they are.
  const addIcons = (context) => {
    const names = new Set();
    for (const id of seen) {
      if (!id.includes("/src/") || alone.test(id)) continue;
      for (const [, list] of (context.getModuleInfo(id)?.code ?? "").matchAll(/import \{([^}]*)\} from "lucide-react"/g)) {
        for (const name of list.split(",")) names.add(name.trim().split(" as ")[0].replace(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Za-z])(?=\d)/g, "-").toLowerCase());
      }
    }
    for (const id of context.getModuleIds()) {
      const [, icon] = /lucide-react\/dist\/esm\/(?:icons\/)?([\w-]+)\.m?js$/.exec(id) ?? [];
      if (icon && (id.includes("/icons/") ? names.has(icon) : icon !== "lucide-react")) everywhere.add(id);
    }
  };
  return {
    plugin: {
      name: "one-file-for-the-entry",
      apply: "build",
      buildEnd() {
        everywhere.clear();
        seen.clear();
        for (const id of this.getModuleIds()) if (entries.some((entry) => id.endsWith(entry)) || tooltip.test(id)) add(this, id);
        addIcons(this);
      },
    },
    group: { name: "base", test: (id) => everywhere.has(id) && !entries.some((entry) => id.endsWith(entry)) },
  };
}

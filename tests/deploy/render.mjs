// Writes every generated file of deploy/ anew: the PrometheusRule, the copies in the chart, then what kubectl and helm render.
//
//   npm run render
//   HELM=/path/to/helm npm run render     where neither helm nor Go is on PATH
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import { at, copies, kustomizations, makeHelm, prometheusRule, releases, render, ruleFile } from "./lib/sources.mjs";

makeHelm();
writeFileSync(at(ruleFile), prometheusRule());
for (const [original, copy] of copies) copyFileSync(at(original), at(copy));
for (const one of [...kustomizations, ...releases]) {
  mkdirSync(dirname(at(one.rendered)), { recursive: true });
  writeFileSync(at(one.rendered), render(one));
  console.log(one.rendered);
}

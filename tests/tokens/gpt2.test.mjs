import { suite } from "./lib/suite.mjs";

// One set of rules: what r50k_base says of a code point, p50k_base says too.
suite("r50k_base", { codePoints: false });
suite("p50k_base", { codePoints: false });

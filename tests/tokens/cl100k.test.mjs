import { suite } from "./lib/suite.mjs";

suite("cl100k_base", { codePoints: true });

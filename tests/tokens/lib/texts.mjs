// Texts to count, from a seed.
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { root } from "./counters.mjs";

// mulberry32
export function dice(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n) => Math.floor(next() * n);
  const pick = (list) => list[below(list.length)];
  const many = (n, make) => Array.from({ length: n }, make).join("");
  return { next, below, pick, many };
}

// One of every kind that a rule of any encoding tells apart, and what fools a rule.
export const atoms = [
  ..."aAzZsStT1290!/.'\"_-=#*{(<’“…€$",
  ..."éÉßſKİıǅʰªﬁ中あアกع한ᄀ",
  ..."\u0301\u0e31\u094d\u20dd\ufe0f٣Ⅷ½²〇৯",
  ..." \n\r\t\v\f\u0085\u00a0\u2003\u2028\u3000\u200b\u200d\ufeff\u0000\u001c",
  ..."😀👍🏽🇩𝒜𝟘𠀀\ue000\u{10ffff}",
  "'s", "'S", "'ſ", "'t", "'re", "'RE", "'rE", "'ve", "'M", "'ll", "'lL", "'d", "'l", "'r", "  ", "\r\n", "ing", "The", "://", "\n\n", "   ",
];

const stems = "the of and to in is that for it as was with be by on not he his but at are this have from or had an they which one you were all her she there would their we him been has when who will no more if out so up said what its about than into them can only other time new some could these two may first then do any like my now over such our man me even most made after also did many off before must well back through years much where your way down should because long each just those people too mr how little state good very make world still see own work men day get here between both life being under never same another know while last might us great old year come since against go came right used take three states himself few house use during without again place american around however home small found thought went say part once general high upon school every".split(" ");
const han = [..."的一是不了人我在有他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生自会那后能对着事其里所去行过家十用发天如然作方成者多日都三小军二无同么经法当起与好看学进种将还分此心前面又定见只主没公从请帮写个函数返回模型温度，。！？：；（）《》“”、"];

export const kinds = {
  atoms: (d) => d.many(1 + d.below(14), () => d.pick(atoms)),
  english: (d) =>
    d.many(3 + d.below(30), () => {
      let word = d.pick(stems);
      const roll = d.below(30);
      if (roll < 3) word = word[0].toUpperCase() + word.slice(1);
      else if (roll === 3) word = word.toUpperCase();
      else if (roll === 4) word += d.pick(["'s", "'re", "'ll", "n't", "ing", "ed", "’s"]);
      else if (roll === 5) word = String(d.below(100000));
      else if (roll === 6) word += d.pick(stems);
      return word + d.pick([" ", " ", " ", " ", " ", ", ", ". ", "; ", "\n", "\n\n", " - ", "\" ", "? ", "  "]);
    }),
  chinese: (d) => d.many(2 + d.below(60), () => (d.below(12) === 0 ? d.pick(["GPT", " 4o ", "\n", "１２", "3", " "]) : d.pick(han))),
  emoji: (d) =>
    d.many(1 + d.below(8), () => {
      const one = String.fromCodePoint(0x1f300 + d.below(0x2ff));
      return d.pick([one, `${one}\u200d${one}`, `${one}\u{1f3fb}`, "\u{1f1e9}\u{1f1ea}", "❤️", "1️⃣", `${one} `, `a${one}`]);
    }),
  unicode: (d) =>
    d.many(1 + d.below(24), () => {
      const top = d.pick([0x80, 0x250, 0x600, 0x3000, 0x10000, 0x20000, 0x110000]);
      const point = d.below(top);
      return point >= 0xd800 && point < 0xe000 ? d.pick(atoms) : String.fromCodePoint(point);
    }),
  // Joins of tokens with no border between them, which is where merges are least like the greedy choice.
  letters: (d) => {
    const letters = d.pick(["ab", "aA", "etaoins", "abcdefghijklmnopqrstuvwxyz", "lI1", "тонеи", "的一是", "αβγ", "Aa'sS"]);
    return d.many(1 + d.below(60), () => d.pick(letters));
  },
  joined: (d) => d.many(1 + d.below(16), () => (d.below(4) === 0 ? d.pick(stems).slice(d.below(3)) : d.pick(stems))),
  runs: (d) => d.many(1 + d.below(5), () => d.pick(atoms).repeat(1 + d.below(d.pick([4, 40, 300])))),
  periodic: (d) => d.many(1 + d.below(5), () => d.pick(atoms)).repeat(1 + d.below(60)),
  bytes: (d) => d.many(1 + d.below(80), () => String.fromCharCode(d.below(256))),
  digits: (d) => d.many(1 + d.below(6), () => d.many(1 + d.below(12), () => String(d.below(10))) + d.pick(["", ".", ",", " ", "e", "%", "/"])),
  code: (d) => {
    const text = sources()[d.below(sources().length)];
    const at = d.below(Math.max(1, text.length - 400));
    return text.slice(at, at + 1 + d.below(400)).replace(loneSurrogates, "");
  },
};

const loneSurrogates = /\p{Surrogate}/gu;

let read;
function sources() {
  read ??= ["README.md", "README.zh-CN.md", "ARCHITECTURE.md", "tools/test", "tools/cli/main.cpp", "proto/smartroute/v1/config.proto", "tests/conformance/lib/gateway.mjs", "CMakePresets.json"].map((file) => readFileSync(join(root, file), "utf8"));
  return read;
}

export const names = Object.keys(kinds);
export const texts = (kind, count, seed) => {
  const d = dice(seed);
  return Array.from({ length: count }, () => kinds[kind](d));
};

// Every code point, in texts that each have `contexts` of some of them. Of the planes that hold no characters yet, or private ones, one in `sparse`.
export function* everyCodePoint(contexts, { step = 1, sparse = 31, perText = 64 } = {}) {
  const isEmpty = (point) => point >= 0x40000 && point >> 16 !== 14;
  let text = "", held = 0;
  for (let point = 0; point < 0x110000; point += step) {
    if (point >= 0xd800 && point < 0xe000) continue;
    if (isEmpty(point) && point % sparse !== 0) continue;
    const c = String.fromCodePoint(point);
    for (const context of contexts) text += context(c);
    if (++held === perText) {
      yield text;
      text = "";
      held = 0;
    }
  }
  if (text) yield text;
}

// Whether it is a letter, a number, a blank or none of these decides on the counts of the first; the others are every rule's border.
export const oneContext = [(c) => `1${c}2345${c}'st A${c}'st\n${c}\n `];
export const allContexts = [
  (c) => `1${c}2345`,
  (c) => `${c}'st`,
  (c) => `'${c}t`,
  (c) => ` ${c}ing`,
  (c) => `!${c}ing`,
  (c) => `A${c}b${c}C'llo`,
  (c) => `\n${c}\n\n ${c}  x`,
  (c) => `  ${c}${c}  1`,
  (c) => `${c}/\n/x`,
  (c) => `x${c}12${c}345`,
  (c) => `\t${c}\r\n${c}\t`,
];

// Random numbers that a seed brings back: the same seed and number give the same sequence, whatever ran before.
const mask = (1n << 64n) - 1n;

// splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
function mix(z) {
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask;
  return z ^ (z >> 31n);
}

export class Dice {
  #state;

  constructor(seed, number = 0) {
    this.#state = mix((BigInt(seed) + 0x9e3779b97f4a7c15n * (BigInt(number) + 1n)) & mask);
  }

  #next() {
    this.#state = (this.#state + 0x9e3779b97f4a7c15n) & mask;
    return mix(this.#state);
  }

  // Both ends included.
  between(low, high) {
    return low + Number(this.#next() % BigInt(high - low + 1));
  }

  chance(percent) {
    return this.between(0, 99) < percent;
  }

  pick(list) {
    return list[this.between(0, list.length - 1)];
  }

  // From [[value, weight], ...].
  weighted(table) {
    let left = this.between(0, table.reduce((sum, [, weight]) => sum + weight, 0) - 1);
    for (const [value, weight] of table) {
      if (left < weight) return value;
      left -= weight;
    }
  }
}

// SMARTROUTE_CHAOS_SEED, or one of the clock's.
export const chosenSeed = () => Number(process.env.SMARTROUTE_CHAOS_SEED ?? Date.now() % 1_000_000_007);

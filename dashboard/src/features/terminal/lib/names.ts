/** Numbers for names that come again and again; a name that no line has any more makes room for another. */
export class Names {
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [""];
  readonly #uses: number[] = [0];
  readonly #free: number[] = [];
  /** Changes whenever list() would. */
  version = 0;

  /** 0 for no name. */
  take(name: string): number {
    if (name === "") return 0;
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.#free.pop() ?? this.#names.length;
      this.#names[number] = name;
      this.#uses[number] = 0;
      this.#numbers.set(name, number);
      ++this.version;
    }
    this.#uses[number] = (this.#uses[number] ?? 0) + 1;
    return number;
  }

  drop(number: number): void {
    if (number === 0) return;
    const uses = (this.#uses[number] ?? 0) - 1;
    this.#uses[number] = uses;
    if (uses > 0) return;
    this.#numbers.delete(this.#names[number] ?? "");
    this.#names[number] = "";
    this.#free.push(number);
    ++this.version;
  }

  of(number: number): string {
    return this.#names[number] ?? "";
  }

  list(): string[] {
    return [...this.#numbers.keys()].sort();
  }

  copy(): Names {
    const copy = new Names();
    for (const [name, number] of this.#numbers) copy.#numbers.set(name, number);
    copy.#names.splice(0, 1, ...this.#names);
    copy.#uses.splice(0, 1, ...this.#uses);
    copy.#free.push(...this.#free);
    copy.version = this.version;
    return copy;
  }
}

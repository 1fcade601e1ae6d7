/** Keeps the largest of what it is given, at most `most`, and holds no more than twice as many meanwhile. */
export class Largest<T> {
  readonly #most: number;
  #entries: { readonly size: bigint; readonly name: string; readonly item: T }[] = [];
  #seen = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** `name` decides among those of one size, so that the choice stays the same from time to time. */
  add(size: bigint, name: string, item: T): void {
    this.#seen++;
    this.#entries.push({ size, name, item });
    if (this.#entries.length >= 2 * this.#most) this.#cut();
  }

  /** Largest first. */
  items(): readonly T[] {
    this.#cut();
    return this.#entries.map(({ item }) => item);
  }

  /** How many were given and are not kept. */
  leftOut(): number {
    return Math.max(0, this.#seen - this.#most);
  }

  #cut(): void {
    this.#entries.sort((one, other) => {
      if (one.size !== other.size) return one.size > other.size ? -1 : 1;
      return one.name < other.name ? -1 : one.name > other.name ? 1 : 0;
    });
    this.#entries = this.#entries.slice(0, this.#most);
  }
}

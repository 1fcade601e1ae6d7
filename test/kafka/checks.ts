/** Checks that follow one another on one world; a failed one is shown and the next goes on. */
export interface Checks {
  print(text: string): void;
  check(sentence: string, work: () => Promise<void>): Promise<void>;
  readonly passed: number;
  readonly failed: number;
}

export function createChecks(print: (text: string) => void): Checks {
  let passed = 0;
  let failed = 0;
  return {
    print,
    async check(sentence, work) {
      const began = Date.now();
      try {
        await work();
        passed += 1;
        print(`ok      ${sentence} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
      } catch (error) {
        failed += 1;
        print(`FAILED  ${sentence}\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      }
    },
    get passed() {
      return passed;
    },
    get failed() {
      return failed;
    },
  };
}

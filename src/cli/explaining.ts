import type { Terminal } from './terminal.ts';

/** What stands in the way of `work` is one line for a person who can act on it, as with `millrace start`. */
export async function explaining(
  { terminal, finish }: { terminal: Terminal; finish(code: number): void },
  work: () => Promise<void> | void,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    terminal.complain(`millrace: ${error instanceof Error ? error.message : String(error)}`);
    finish(1);
  }
}

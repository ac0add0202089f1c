import { setTimeout as pause } from 'node:timers/promises';
import type { Ledger } from './ledger.ts';

const patienceMs = 20_000;

/** Waits until more results have been taken than there were: the others go on. */
export async function untilMoreResults(ledger: Ledger, what: string): Promise<void> {
  const count = () => [...ledger.jobs.values()].reduce((sum, { told }) => sum + told.size, 0);
  const wanted = count() + 3;
  const until = Date.now() + patienceMs;
  while (count() < wanted && ledger.violations.length === 0) {
    if (Date.now() > until) ledger.violations.push(`nothing goes on ${what}`);
    await pause(20);
  }
}

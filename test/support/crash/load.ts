import { setTimeout as pause } from 'node:timers/promises';
import { createChance } from '../engine/random.ts';
import { runAuditor } from './auditor.ts';
import type { Ledger } from './ledger.ts';
import { depotType, type Mill, millType } from './mill.ts';
import { runOperator } from './operator.ts';
import { readExecutions } from './read-history.ts';
import type { RunContext } from './run-context.ts';
import { runWorker } from './scripted-worker.ts';
import { runStarter } from './starter.ts';
import type { Target } from './target.ts';

const lookAgainMs = 100;

/** The clients of a target. */
export interface Load {
  context: RunContext;
  /** Starts no more work; resolves when everything has ended, or with what has not ended in time. */
  drain(timeoutMs: number): Promise<string[]>;
  /** Stops all clients. */
  end(): Promise<void>;
}

export interface LoadOptions {
  target: Target;
  ledger: Ledger;
  mills: Mill[];
  seed: number;
  leaseMs: number;
  mostRunning: number;
}

/** Starts clients of the target, each with its own random numbers from the seed. */
export function startLoad(options: LoadOptions): Load {
  let phase: RunContext['phase'] = 'load';
  const context: RunContext = {
    ...options,
    get phase() {
      return phase;
    },
  };
  let number = 0;
  const own = () => {
    number += 1;
    return { name: `c${number}`, chance: createChance(options.seed * 1000 + number) };
  };
  const starters = [own(), own()].map((one) => runStarter(context, one));
  const others = [
    ...[depotType, depotType, depotType, millType, millType, millType, millType, millType, millType].map((type) =>
      runWorker(context, { ...own(), type }),
    ),
    runOperator(context, own()),
    runAuditor(context),
  ];
  return {
    context,
    async drain(timeoutMs) {
      phase = 'drain';
      await Promise.all(starters);
      const until = Date.now() + timeoutMs;
      // After a violation there is no need to wait.
      while (options.ledger.violations.length === 0) {
        const isLate = Date.now() > until;
        const open = await openExecutions(context, isLate ? Number.POSITIVE_INFINITY : 1);
        if (open.length === 0 || isLate) return open;
        await pause(lookAgainMs);
      }
      return [];
    },
    async end() {
      phase = 'over';
      await Promise.all([...starters, ...others]);
    },
  };
}

/** Returns what has not ended. */
async function openExecutions({ target, mills }: RunContext, most: number): Promise<string[]> {
  const open: string[] = [];
  for (const { name } of mills) {
    for (const { pipelineExecutionId, status } of (await readExecutions(target, name)) ?? []) {
      if (status === 'InProgress' || status === 'Stopping') open.push(`${pipelineExecutionId} of ${name} is ${status}`);
    }
    if (open.length >= most) break;
  }
  return open;
}

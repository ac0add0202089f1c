import { setTimeout as pause } from 'node:timers/promises';
import { createChance } from '../engine/random.ts';
import { runAuditor } from './auditor.ts';
import type { Ledger } from './ledger.ts';
import { depotType, type Mill, millType } from './mill.ts';
import { runOperator } from './operator.ts';
import { readExecutions } from './read-history.ts';
import type { Scene } from './scene.ts';
import { runWorker } from './scripted-worker.ts';
import { runStarter } from './starter.ts';
import type { Target } from './target.ts';

const lookAgainMs = 100;

/** Clients at work on a target. */
export interface Load {
  scene: Scene;
  /** No new work; resolves when all that was begun has ended, or with what has not after the time that is given. */
  drain(timeoutMs: number): Promise<string[]>;
  /** Ends all clients. */
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

/** Sets clients on the target, each with a chance of its own that the seed decides. */
export function startLoad(options: LoadOptions): Load {
  let phase: Scene['phase'] = 'load';
  const scene: Scene = {
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
  const starters = [own(), own()].map((one) => runStarter(scene, one));
  const others = [
    ...[depotType, depotType, depotType, millType, millType, millType, millType, millType, millType].map((type) =>
      runWorker(scene, { ...own(), type }),
    ),
    runOperator(scene, own()),
    runAuditor(scene),
  ];
  return {
    scene,
    async drain(timeoutMs) {
      phase = 'drain';
      await Promise.all(starters);
      const until = Date.now() + timeoutMs;
      // Who has met a broken promise does not wait for more.
      while (options.ledger.violations.length === 0) {
        const isLate = Date.now() > until;
        const open = await openExecutions(scene, isLate ? Number.POSITIVE_INFINITY : 1);
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

/** What has not come to its end, as soon as there is so much of it. */
async function openExecutions({ target, mills }: Scene, most: number): Promise<string[]> {
  const open: string[] = [];
  for (const { name } of mills) {
    for (const { pipelineExecutionId, status } of (await readExecutions(target, name)) ?? []) {
      if (status === 'InProgress' || status === 'Stopping') open.push(`${pipelineExecutionId} of ${name} is ${status}`);
    }
    if (open.length >= most) break;
  }
  return open;
}

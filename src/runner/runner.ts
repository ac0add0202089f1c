import type { CageName } from '../model/build.ts';
import { aborted, backoffMs, sleep } from '../worker/loop/sleep.ts';
import { type Claim, readClaim } from './build-request.ts';
import { performBuild, type RunnerParts } from './perform-build.ts';
import { ApiRefusal } from './runner-api.ts';

export interface RunnerOptions extends RunnerParts {
  /** Under which name the runner claims builds. */
  name: string;
  /** Most builds at a time. */
  concurrency: number;
  /** Claims only builds that need one of these cages, or none in particular; by default all. */
  onlyCages?: readonly CageName[];
  /** How long `stop` lets builds finish before it ends them, in ms. */
  stopGraceMs: number;
}

/** A runner that claims builds. */
export interface Runner {
  /** Claims no more builds, and lets those that run finish for a while; resolves when nothing runs. */
  stop(): Promise<void>;
  /** Ends what runs at once. The server offers those builds again. */
  stopNow(): void;
}

const claimWaitSeconds = 20;
const delaysMs: [number, number] = [500, 15_000];

/** Starts a runner. */
export function startRunner(options: RunnerOptions): Runner {
  const { concurrency, log, stopGraceMs } = options;
  const stopping = new AbortController();
  const ending = new AbortController();
  const running = new Set<Promise<void>>();
  const claims = claimLoop(options, {
    signal: stopping.signal,
    room: () => concurrency - running.size,
    untilRoom: () => Promise.race(running),
    perform(claim) {
      const build = performBuild(claim, options, ending.signal).finally(() => running.delete(build));
      running.add(build);
    },
  });
  return {
    async stop() {
      stopping.abort();
      await claims;
      if (running.size > 0) log.info({ builds: running.size }, 'waits for the builds that run');
      const grace = new AbortController();
      void sleep(stopGraceMs, grace.signal).then(() => {
        if (!grace.signal.aborted) ending.abort();
      });
      await Promise.all(running);
      grace.abort();
    },
    stopNow: () => ending.abort(),
  };
}

interface Claiming {
  signal: AbortSignal;
  room(): number;
  untilRoom(): Promise<void>;
  perform(claim: Claim): void;
}

async function claimLoop(
  { api, log, name, onlyCages }: RunnerOptions,
  { perform, room, signal, untilRoom }: Claiming,
): Promise<void> {
  const stopped = aborted(signal);
  let failures = 0;
  while (!signal.aborted) {
    if (room() === 0) {
      await Promise.race([untilRoom(), stopped]);
      continue;
    }
    const maxBuilds = Math.min(10, room());
    const input = {
      runner: name,
      maxBuilds,
      waitSeconds: claimWaitSeconds,
      ...(onlyCages && { cages: [...onlyCages] }),
    };
    try {
      const { builds } = await api.claim(input, signal);
      if (failures > 0) log.info({}, 'the server responds again');
      failures = 0;
      for (const build of builds) perform(readClaim(build));
    } catch (error) {
      if (signal.aborted) return;
      const advice = error instanceof ApiRefusal ? '; see docs/runner.md for the rights it needs' : '';
      if (failures === 0) log.warn({ err: error }, `could not claim builds, and tries again${advice}`);
      await sleep(backoffMs(failures, delaysMs, Math.random), signal);
      failures += 1;
    }
  }
}

import type { ClaimedBuild } from '../../contract/generated.ts';
import { offeredBuildsWake } from '../../model/build.ts';
import { everyBuild, toClaimedBuild } from './build-claims.ts';
import { holdCall } from './held-call.ts';
import { ownOperation } from './operation.ts';

/** Claims builds for a runner, and may wait for one. A call that finds none writes nothing. */
export const claimBuilds = ownOperation('ClaimBuilds', {
  resource: everyBuild,
  async run({ runner, cages, maxBuilds = 1, waitSeconds = 0 }, call, dependencies) {
    const { store, now, settings } = dependencies;
    const { account, signal } = call;
    const hold = { wakeName: offeredBuildsWake(account), waitSeconds, signal };
    const builds = await holdCall<ClaimedBuild[]>(hold, dependencies, async () => {
      const at = now();
      const nextAt = await store.builds.nextOffer(account);
      if (signal.aborted || nextAt === undefined || nextAt > at) return { answer: [], isOver: false, nextAt };
      const leaseUntil = at + settings.leaseMs;
      const claims = await store.builds.claim({
        account,
        runner,
        limit: maxBuilds,
        at,
        leaseUntil,
        ...(cages && { cages }),
      });
      if (signal.aborted) {
        // The runner has gone and never gets them, so they are offered again at once.
        for (const build of claims) await store.builds.release(build, now());
        return { answer: [], isOver: true };
      }
      const answer = await Promise.all(claims.map((build) => toClaimedBuild(build, dependencies)));
      return { answer, isOver: answer.length > 0 };
    });
    return { builds };
  },
});

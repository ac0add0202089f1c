import type { Store } from '../../../src/store/store.ts';
import { buildOrder, buildOutcome } from '../builds/build-order.ts';
import { scope } from '../pipelines/declarations.ts';
import { historyEnd } from './long-history.ts';

const page = { order: 'DESCENDING', limit: 101 } as const;

/** Calls about builds that must be fast however many have ended; the last one deletes some. */
export const buildCalls: [string, (store: Store) => Promise<unknown>][] = [
  ['the work of a build', runBuild],
  ['open builds', ({ builds }) => Promise.all([builds.overdue(historyEnd, 100), builds.nextEnd(), builds.count(0)])],
  ['all builds', ({ builds }) => builds.list(scope, { ...page, after: 15_000 })],
  ['the builds of a project', ({ builds }) => builds.list(scope, { ...page, project: 'mill' })],
  ['builds by their ids', ({ builds }) => builds.findAll(scope, ['mill:700', 'mill:800'])],
  ['deleting builds', ({ builds }) => builds.delete(scope, ['mill:700'])],
  ['pruning builds', ({ builds }) => builds.prune(historyEnd, 100)],
];

/** Creates, claims, renews, stops and ends a build. */
async function runBuild({ builds, jobs }: Store): Promise<void> {
  await builds.create(scope, 'new', buildOrder({ job: { id: 'j', pipelineName: 'Mill', executionId: 'e' } }), 0);
  await builds.create(scope, 'other', buildOrder({ source: { type: 'GIT' } }), historyEnd);
  await builds.offer(scope, 'mill:other', { source: { type: 'NO_SOURCE' }, secondarySources: [] }, historyEnd);
  await builds.nextOffer(scope.account);
  const at = historyEnd;
  const claim = { account: scope.account, runner: 'r', cages: ['container'] as const, at, leaseUntil: at + 1 };
  const [claimed] = await builds.claim({ ...claim, limit: 9 });
  const lease = { scope, id: 'mill:other', fence: claimed?.fence ?? 0 };
  await builds.renew(lease, historyEnd + 1);
  await builds.putPhases(lease, []);
  await Promise.all([builds.findClaimed(lease), jobs.isOpen(claimed?.holder ?? ''), builds.find(scope, 'mill:other')]);
  await builds.requestStop(scope, 'mill:other', historyEnd);
  await builds.endOverdue({ scope, id: 'mill:new' }, historyEnd);
  await builds.release(lease, historyEnd);
  await builds.finish(lease, buildOutcome(), historyEnd);
}

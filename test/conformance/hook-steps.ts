import type { CataloguedActionType } from '../../src/model/action-type.ts';
import type { HookEvent } from '../../src/model/sources/repository-hook.ts';
import { sourceCheckKind } from '../../src/model/sources/source-watch.ts';
import { action, actionType, declare, scope, source, stage } from '../support/pipelines/declarations.ts';
import type { Bench } from './bench.ts';

const codeCommit: CataloguedActionType = actionType({
  category: 'Source',
  owner: 'AWS',
  provider: 'CodeCommit',
  inputs: [0, 0],
  properties: [{ name: 'RepositoryName' }, { name: 'BranchName' }],
});
/** Returns a push. */
export const hookEvent = (members: Partial<HookEvent> = {}): HookEvent => ({
  forge: 'GitHub',
  event: 'push',
  deliveryId: 'd1',
  bodyHash: 'b1',
  actor: 'ada',
  changes: [{ ref: 'refs/heads/main', before: 'a', after: 'b' }],
  changeCount: 1,
  outcome: 'Accepted',
  message: 'Checked now.',
  ...members,
});

/** Returns the steps on hooks and what they receive. */
export function hookStepsOn(bench: Bench) {
  const hooks = () => bench.store.repositoryHooks;
  const ensure = (...repositories: string[]) =>
    hooks().ensure(
      scope,
      repositories.map((repository) => ({ repository, id: `id of ${repository}` })),
      bench.clock.at,
    );
  const record = (
    members: Partial<HookEvent> = {},
    { isBodyUnique = true, isMoveUnknown = false, hook = 'shop' } = {},
  ) =>
    hooks().record(`id of ${hook}`, {
      event: hookEvent(members),
      repository: { name: hook },
      isBodyUnique,
      isMoveUnknown,
      at: bench.clock.at,
    });
  const events = async () => (await hooks().events(scope, { limit: 99 })).map(({ bodyHash }) => bodyHash);
  const createPipeline = async () => {
    await bench.store.actionTypes.insert(scope, codeCommit, {}, bench.clock.at);
    const configuration = { RepositoryName: 'shop', BranchName: 'main' };
    await bench.create(
      declare([
        stage('Source', source('Fetch', { type: codeCommit, configuration })),
        stage('Build', action('Compile', { inputs: ['Code'] })),
      ]),
    );
    return claim();
  };
  /** Claims the check that is due, if there is one, and puts it off for an hour. */
  const claim = async () => {
    const { at } = bench.clock;
    const times = { at, latestAt: at + 9e6, leaseUntil: at + 9e6 };
    const [work] = await bench.store.dueWork.claim({ kind: sourceCheckKind, ...times, limit: 1 });
    if (work) await bench.store.dueWork.finish(work, { at, nextAt: at + 3_600_000 });
    return work?.key ?? '';
  };
  return { hooks, ensure, record, events, createPipeline, claim };
}

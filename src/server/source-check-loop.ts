import type { Logger } from 'pino';
import { actionTypeKey } from '../model/action-type.ts';
import { providers } from '../providers/index.ts';
import { createLoop, type Loop } from '../scheduler/loop.ts';
import { createSourceChecks } from '../scheduler/source-checks.ts';
import type { DueWatch } from '../store/pipelines/source-watch-rows.ts';
import type { Store } from '../store/store.ts';
import type { ObjectsOfJob } from './role-objects.ts';

/** The loop that looks for changes of polled sources, each under the role of its action. */
export function sourceCheckLoop(
  { store, objectsOf }: { store: Store; objectsOf: ObjectsOfJob },
  around: { now: () => number; longestSleepMs: number; log: Logger },
): Loop {
  const check = async ({ typeKey, location, pipeline, roleArn }: DueWatch) => {
    const provider = providers.find(({ actionTypeId }) => actionTypeKey(actionTypeId) === typeKey);
    if (!provider?.check) throw new Error(`This server cannot look for changes of ${typeKey}.`);
    const { account, region } = pipeline;
    const at = around.now();
    // There is no job yet: nothing but the role opens the source.
    const grant = { account, region, jobId: 'source-check', roleArn, read: [], write: [], issuedAt: at, expiresAt: at };
    return provider.check(location, objectsOf(grant));
  };
  const runOnce = createSourceChecks({ store, check, log: around.log });
  return createLoop({ name: 'source checks', runOnce, ...around });
}

import { typeKeysWith } from '../../../catalogue/action-types.ts';
import { ServiceError } from '../../../contract/errors.ts';
import type { ActionTypeId } from '../../../contract/generated.ts';
import { actionTypeKey } from '../../../model/action-type.ts';
import type { Configuration, Scope } from '../../../model/pipeline.ts';
import { isPollingAsked } from '../../../model/sources/source-watch.ts';
import type { Dependencies } from '../../dependencies.ts';

const pollingTypeKeys = typeKeysWith('polls');

/** The part of a declaration, stored or not, that decides whether it polls. */
interface Declared {
  name: string;
  stages: { actions: { actionTypeId: ActionTypeId; configuration?: Configuration }[] }[];
}

/**
 * Whether the pipeline polls for source changes: a source that can poll does, unless `PollForSourceChanges` is present
 * and is not `true` in any capitalization (behaviour C.11).
 */
export function isPolling({ stages }: Pick<Declared, 'stages'>): boolean {
  return stages.some(({ actions }) =>
    actions.some(({ actionTypeId, configuration }) => {
      return pollingTypeKeys.has(actionTypeKey(actionTypeId)) && isPollingAsked(configuration);
    }),
  );
}

/** Returns LimitExceededException if the account would have too many polling pipelines (operations 2). */
export async function pollingRefusal(
  declaration: Declared,
  scope: Scope,
  { store, settings: { quotas } }: Pick<Dependencies, 'store' | 'settings'>,
): Promise<ServiceError | undefined> {
  // Accounts with fewer pipelines than the quota never pay for reading declarations.
  if (!isPolling(declaration) || (await store.pipelines.count(scope)) < quotas.pollingPipelines) return undefined;
  if ((await countOthers(declaration.name, scope, store)) < quotas.pollingPipelines) return undefined;
  return new ServiceError(
    'LimitExceededException',
    `Maximum number of pipelines using periodic source checks in account (${quotas.pollingPipelines}) exceeded.`,
  );
}

/** Declarations are read a few at a time: a thousand large ones would block other calls. */
const pageSize = 10;

/** Counts the polling pipelines of the account and region without `name`. */
async function countOthers(name: string, scope: Scope, store: Dependencies['store']): Promise<number> {
  let count = 0;
  for (let afterName = ''; ; ) {
    const page = await store.pipelines.list(scope, { afterName, limit: pageSize });
    count += page.filter((row) => row.pipeline.name !== name && isPolling(row.declaration)).length;
    const last = page.at(-1);
    if (!last || page.length < pageSize) return count;
    afterName = last.pipeline.name;
  }
}

import { typeKeysWith } from '../../../catalogue/action-types.ts';
import { ServiceError } from '../../../contract/errors.ts';
import type { ActionTypeId } from '../../../contract/generated.ts';
import { actionTypeKey } from '../../../model/action-type.ts';
import type { Configuration, Scope } from '../../../model/pipeline.ts';
import { isPollingAsked } from '../../../model/source-watch.ts';
import type { Dependencies } from '../../dependencies.ts';

const pollingTypeKeys = typeKeysWith('polls');

/** The part of a declaration, stored or not, that says whether it polls. */
interface Declared {
  name: string;
  stages: { actions: { actionTypeId: ActionTypeId; configuration?: Configuration }[] }[];
}

/**
 * Whether the pipeline looks for source changes by itself: a source that can do so does, unless `PollForSourceChanges`
 * is there and is not `true` in any spelling (behaviour C.11).
 */
export function isPolling({ stages }: Pick<Declared, 'stages'>): boolean {
  return stages.some(({ actions }) =>
    actions.some(({ actionTypeId, configuration }) => {
      return pollingTypeKeys.has(actionTypeKey(actionTypeId)) && isPollingAsked(configuration);
    }),
  );
}

/** LimitExceededException when the pipeline would be one polling pipeline too many (operations 2). */
export async function pollingRefusal(
  declaration: Declared,
  scope: Scope,
  { store, settings: { quotas } }: Pick<Dependencies, 'store' | 'settings'>,
): Promise<ServiceError | undefined> {
  // Declarations are read only where so many can be: whoever has fewer pipelines never pays for the count.
  if (!isPolling(declaration) || (await store.pipelines.count(scope)) < quotas.pollingPipelines) return undefined;
  if ((await countOthers(declaration.name, scope, store)) < quotas.pollingPipelines) return undefined;
  return new ServiceError(
    'LimitExceededException',
    `Maximum number of pipelines using periodic source checks in account (${quotas.pollingPipelines}) exceeded.`,
  );
}

/** Declarations are read a few at a time: thousand large ones would keep everybody waiting. */
const pageSize = 10;

/** The polling pipelines of the scope but `name`. */
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

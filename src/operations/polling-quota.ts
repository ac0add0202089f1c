import { ServiceError } from '../contract/errors.ts';
import type { ActionTypeId } from '../contract/generated.ts';
import { actionTypeKey } from '../model/action-type.ts';
import type { Configuration, Scope } from '../model/pipeline.ts';
import { isPollingAsked } from '../model/source-watch.ts';
import type { Parts } from './operation.ts';

/** The source types that can look for changes by themselves (behaviour C.11). */
const pollingTypeKeys = new Set(['Source/AWS/CodeCommit/1', 'Source/AWS/S3/1', 'Source/ThirdParty/GitHub/1']);

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

/** LimitExceededException when the pipeline would be one polling pipeline too many (operations §2). */
export async function pollingRefusal(
  declaration: Declared,
  scope: Scope,
  { store, settings: { quotas } }: Pick<Parts, 'store' | 'settings'>,
): Promise<ServiceError | undefined> {
  // Declarations are read only where so many can be: whoever has fewer pipelines never pays for the count.
  if (!isPolling(declaration) || (await store.pipelines.count(scope)) < quotas.pollingPipelines) return undefined;
  const all = await store.pipelines.list(scope, { afterName: '', limit: quotas.pipelines });
  const others = all.filter((row) => row.pipeline.name !== declaration.name && isPolling(row.declaration));
  if (others.length < quotas.pollingPipelines) return undefined;
  return new ServiceError(
    'LimitExceededException',
    `Maximum number of pipelines using periodic source checks in account (${quotas.pollingPipelines}) exceeded.`,
  );
}

import { type CodePipelineClient, paginateListActionTypes } from '@aws-sdk/client-codepipeline';
import type { ActionTypeId } from '../../contract/generated.ts';
import type { Log } from '../log.ts';

/**
 * Looks up once, with ListActionTypes, which properties of the action type are declared secret: a job carries their
 * values in clear and does not mark them (behaviour A.5). Callers without permission get no names.
 */
export function createSecretProperties(
  client: CodePipelineClient,
  { category, provider, version }: ActionTypeId,
  log: Log,
): () => Promise<string[]> {
  let lookup: Promise<string[]> | undefined;
  async function find(): Promise<string[]> {
    for await (const page of paginateListActionTypes({ client }, { actionOwnerFilter: 'Custom' })) {
      const found = page.actionTypes?.find(
        ({ id }) => id?.category === category && id.provider === provider && id.version === version,
      );
      if (!found) continue;
      const secrets = (found.actionConfigurationProperties ?? []).filter(({ secret }) => secret);
      return secrets.map(({ name = '' }) => name);
    }
    return [];
  }
  return () => {
    lookup ??= find().catch((error: unknown) => {
      const isDenied = error instanceof Error && error.name === 'AccessDeniedException';
      if (!isDenied) lookup = undefined;
      log.warn(
        { err: error },
        'could not find out which properties are secret: only those named with --mask are masked',
      );
      return [];
    });
    return lookup;
  };
}

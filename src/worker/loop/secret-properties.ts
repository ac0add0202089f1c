import { type CodePipelineClient, paginateListActionTypes } from '@aws-sdk/client-codepipeline';
import type { ActionTypeId } from '../../contract/generated.ts';
import type { Log } from '../log.ts';

/**
 * Asks ListActionTypes which properties of the action type are declared secret, once. A job carries their values in
 * clear and does not say which they are (behaviour A.5). Whoever may not ask is told so, and gets none.
 */
export function createSecretProperties(
  client: CodePipelineClient,
  { category, provider, version }: ActionTypeId,
  log: Log,
): () => Promise<string[]> {
  let asked: Promise<string[]> | undefined;
  async function ask(): Promise<string[]> {
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
    asked ??= ask().catch((error: unknown) => {
      const isDenied = error instanceof Error && error.name === 'AccessDeniedException';
      if (!isDenied) asked = undefined;
      log.warn({ err: error }, 'which properties are secret could not be asked: only those named by --mask are masked');
      return [];
    });
    return asked;
  };
}

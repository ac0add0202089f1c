import { ServiceError } from '../../../contract/errors.ts';
import type { TouchedResource } from '../../../identity/policies/authorize-operation.ts';
import type { Scope } from '../../../model/pipeline.ts';
import { openDocument } from '../../../resources/seal-document.ts';
import { toSeconds } from '../../seconds.ts';
import { describeOperations, type OperationsOf } from '../operation.ts';
import { readSecretName, secretArn, versionIdOf } from './secret-id.ts';

const operation = describeOperations<'secretsmanager'>('secretsmanager');
const currentStage = 'AWSCURRENT';

/** The operations of Secrets Manager. */
export const secretOperations: OperationsOf<'secretsmanager'> = {
  GetSecretValue: operation('GetSecretValue', {
    note: 'resources of the kind Secret, in their current version (`AWSCURRENT`); texts only, no secrets of other accounts',
    resources: ({ SecretId }, scope) => [touchedSecret(SecretId, scope)],
    async run({ SecretId, VersionId, VersionStage }, call, { store, sealer }) {
      const name = readSecretName(SecretId, call);
      const secret = name === undefined ? undefined : await store.resources.find(call, 'Secret', name);
      if (!secret) throw notFound("Secrets Manager can't find the specified secret.");
      const versionId = versionIdOf(call, secret);
      const current = `Only the current version, ${versionId}, is kept.`;
      if (VersionStage !== undefined && VersionStage !== currentStage) {
        throw notFound(
          `Secrets Manager can't find the specified secret value for staging label: ${VersionStage}. ${current}`,
        );
      }
      if (VersionId !== undefined && VersionId !== versionId) {
        throw notFound(`Secrets Manager can't find the specified secret value for VersionId: ${VersionId}. ${current}`);
      }
      return {
        ARN: secretArn(call, secret.name),
        Name: secret.name,
        VersionId: versionId,
        SecretString: String(openDocument(sealer, call, secret).value),
        VersionStages: [currentStage],
        CreatedDate: toSeconds(secret.updatedAt),
      };
    },
  }),
};

/** The secret an id means; an id that can't mean one is judged as it is. */
function touchedSecret(id: string, scope: Scope): TouchedResource {
  const name = readSecretName(id, scope);
  return { arn: name === undefined ? id : secretArn(scope, name) };
}

function notFound(message: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', message);
}

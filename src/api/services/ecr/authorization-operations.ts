import { ServiceError } from '../../../contract/errors.ts';
import type { ECR } from '../../../contract/generated.ts';
import type { Scope } from '../../../model/pipeline.ts';
import type { StoredResource } from '../../../model/resource.ts';
import { openDocument } from '../../../resources/seal-document.ts';
import type { Dependencies } from '../../dependencies.ts';
import { toSeconds } from '../../seconds.ts';
import { describeOperations, type OperationsOf } from '../operation.ts';

const operation = describeOperations<'ecr'>('ecr');

/** How long a token of ECR is valid; those of declared registries have no such end. */
const tokenLifetimeMs = 12 * 60 * 60 * 1000;

/** What `docker login` sends to a registry that asks for nothing. */
const anonymous = { username: 'AWS', password: 'anonymous' };

/** The operation by which Docker logs in to registries of ECR. */
export const authorizationOperations: OperationsOf<'ecr'> = {
  GetAuthorizationToken: operation('GetAuthorizationToken', {
    note: 'user and password of a resource of the kind Registry: the one with the `registryId`, by default that of the account',
    resources: () => [{ arn: '*' }],
    async run({ registryIds }, call, { store, sealer, now }) {
      const registries = await store.resources.ofKind(call, 'Registry');
      const wanted = [...new Set(registryIds ?? [call.account])];
      const expiresAt = toSeconds(now() + tokenLifetimeMs);
      return {
        authorizationData: wanted.map((id) => ({
          ...tokenOf(findRegistry(registries, id, call), call, sealer),
          expiresAt,
        })),
      };
    },
  }),
};

/** Finds the registry of an id. Registries without an id are those of the account. */
function findRegistry(registries: readonly StoredResource[], id: string, { account }: Scope): StoredResource {
  const named = registries.filter(({ document }) => document.registryId === id);
  const unnamed = id === account ? registries.filter(({ document }) => document.registryId === undefined) : [];
  const [found, ...others] = named.length > 0 ? named : unnamed;
  if (found === undefined) {
    throw new ServiceError(
      'InvalidParameterException',
      `There is no registry ${id}. Declare a resource of the kind Registry with the registryId ${id}.`,
    );
  }
  if (others.length === 0) return found;
  const names = [found, ...others].map(({ name }) => `'${name}'`).join(', ');
  throw new ServiceError(
    'InvalidParameterException',
    `Several registries can be ${id}: ${names}. Give one of these resources of the kind Registry the registryId ${id}.`,
  );
}

function tokenOf(registry: StoredResource, scope: Scope, sealer: Dependencies['sealer']): ECR.AuthorizationData {
  const { url, username = anonymous.username, password = anonymous.password } = openDocument(sealer, scope, registry);
  return {
    authorizationToken: Buffer.from(`${username}:${password}`).toString('base64'),
    proxyEndpoint: new URL(String(url)).origin,
  };
}

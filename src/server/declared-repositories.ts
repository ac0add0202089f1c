import type { Dependencies } from '../api/dependencies.ts';
import type { Scope } from '../model/pipeline.ts';
import type { StoredResource } from '../model/resource.ts';
import type { DeclaredRepository, GitTools } from '../providers/provider.ts';
import { connectedUrl } from '../resources/connection.ts';
import { openDocument } from '../resources/seal-document.ts';

type Document = StoredResource['document'];
type Reference = Parameters<GitTools['findRepository']>[0];

/**
 * Finds the repository that a source action means: a resource of the kind Repository, or one of the host of a declared
 * connection. Its secrets are open.
 */
export async function findDeclaredRepository(
  scope: Scope,
  reference: Reference,
  { store, sealer }: Pick<Dependencies, 'store' | 'sealer'>,
): Promise<DeclaredRepository | undefined> {
  const resources = await store.resources.ofKind(scope, 'Repository');
  const named = resources.filter((resource) => isMeant(resource, reference));
  // The one that names the connection comes before those for any.
  const found = named.find(({ document }) => document.connectionArn !== undefined) ?? named[0];
  const repository = found && openDocument(sealer, scope, found);
  const connectionArn = 'connectionArn' in reference ? reference.connectionArn : undefined;
  if (connectionArn === undefined || !('fullRepositoryId' in reference)) return repository && repositoryOf(repository);
  const declared = await store.resources.ofKind(scope, 'Connection');
  const connection = declared.find(({ document }) => document.arn === connectionArn);
  if (repository) {
    const { providerType } = connection?.document ?? (await store.connections.find(scope, connectionArn)) ?? {};
    return repositoryOf({ ...(providerType !== undefined && { providerType }), ...repository });
  }
  const document = connection && openDocument(sealer, scope, connection);
  const url = document && connectedUrl(document, reference.fullRepositoryId);
  return url === undefined ? undefined : repositoryOf({ ...document, url });
}

function isMeant({ name, document }: StoredResource, reference: Reference): boolean {
  if ('name' in reference) return name === reference.name;
  const { fullRepositoryId, connectionArn } = reference;
  return (
    document.fullRepositoryId === fullRepositoryId &&
    (document.connectionArn === undefined || document.connectionArn === connectionArn)
  );
}

/** Returns a declared repository, whose secrets are open. */
export function repositoryOf(document: Document): DeclaredRepository {
  const text = (member: string) => {
    const value = document[member];
    return typeof value === 'string' ? value : undefined;
  };
  const [url = '', password, privateKey, knownHosts] = ['url', 'password', 'privateKey', 'knownHosts'].map(text);
  const username = text('username') ?? 'git';
  return {
    providerType: text('providerType') ?? 'GitHub',
    remote: {
      url,
      allowsFile: url.startsWith('file:'),
      ...(password !== undefined && { credential: { username, password } }),
      ...(privateKey !== undefined && { credential: { privateKey } }),
      ...(knownHosts !== undefined && { knownHosts }),
    },
  };
}

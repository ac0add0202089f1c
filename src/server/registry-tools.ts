import type { Dependencies } from '../api/dependencies.ts';
import type { Scope } from '../model/pipeline.ts';
import type { StoredResource } from '../model/resource.ts';
import type { DeclaredRegistry, RegistryTools } from '../providers/provider.ts';
import { openDocument } from '../resources/seal-document.ts';

/** Returns the declared registries of an account and Region. */
export function registryToolsOf(
  { store, sealer }: Pick<Dependencies, 'store' | 'sealer'>,
  scope: Scope,
): RegistryTools {
  const { account, region } = scope;
  return {
    async find(repositoryName) {
      const resources = await store.resources.ofKind({ account, region }, 'Registry');
      const ranked = resources.map((resource) => ({ resource, rank: rankOf(resource, repositoryName) }));
      const best = Math.max(0, ...ranked.map(({ rank }) => rank));
      return ranked
        .filter(({ rank }) => rank === best && rank > 0)
        .map(({ resource }) => registryOf(resource.name, openDocument(sealer, { account, region }, resource)));
    },
  };
}

/** Returns how well a registry fits a repository: by its name, by the longest folder, because it lists none, not (0). */
function rankOf({ document: { repositories } }: StoredResource, repositoryName: string): number {
  if (!Array.isArray(repositories)) return 1;
  const ranks = repositories.map((pattern) => {
    if (pattern === repositoryName) return Number.MAX_SAFE_INTEGER;
    return pattern.endsWith('/*') && repositoryName.startsWith(pattern.slice(0, -1)) ? 1 + pattern.length : 0;
  });
  return Math.max(0, ...ranks);
}

function registryOf(name: string, document: StoredResource['document']): DeclaredRegistry {
  const text = (member: string) => {
    const value = document[member];
    return typeof value === 'string' ? value : undefined;
  };
  const [url = '', username, password, tokenService] = ['url', 'username', 'password', 'tokenService'].map(text);
  const onPush = text('onPush');
  return {
    name,
    url,
    ...(username !== undefined && password !== undefined && { credential: { username, password } }),
    ...(tokenService !== undefined && { tokenService }),
    ...((onPush === 'start' || onPush === 'event') && { onPush }),
  };
}

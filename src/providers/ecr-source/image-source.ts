import { createRegistryClient, type RegistryClient } from '../../registry/client.ts';
import { JobFailure } from '../../worker/job-failure.ts';
import type { DeclaredRegistry, RegistryTools } from '../provider.ts';

/** A tag of a repository, as a source action names it. */
export interface ImageSource {
  repositoryName: string;
  tag: string;
  registry: DeclaredRegistry;
  /** What programs that pull the image call the repository: host, path and name. */
  reference: string;
  client: RegistryClient;
}

/** AWS's default. */
const defaultTag = 'latest';

const componentPattern = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const maxNameCharacters = 256;

/** The registry of names without a host; its API has a host of its own. */
const dockerHub = { host: 'docker.io', apiHost: 'registry-1.docker.io' };

/** Finds the repository and tag that the properties of a source action mean. Throws `JobFailure`. */
export async function findImage(
  { RepositoryName: repositoryName = '', ImageTag }: Record<string, string>,
  { registries, signal }: { registries: RegistryTools; signal: AbortSignal },
): Promise<ImageSource> {
  const tag = ImageTag === undefined || ImageTag === '' ? defaultTag : ImageTag;
  if (
    repositoryName.length > maxNameCharacters ||
    !repositoryName.split('/').every((part) => componentPattern.test(part))
  ) {
    throw new JobFailure('ConfigurationError', `'${repositoryName}' cannot be the name of a repository of images.`);
  }
  if (!tagPattern.test(tag)) throw new JobFailure('ConfigurationError', `'${tag}' cannot be the tag of an image.`);
  const registry = await findRegistry(repositoryName, registries);
  const declared = new URL(registry.url);
  const url = new URL(declared.origin);
  if (url.host === dockerHub.host) url.host = dockerHub.apiHost;
  const path = [...declared.pathname.split('/').filter((part) => part !== ''), repositoryName].join('/');
  const { name, credential, tokenService } = registry;
  return {
    repositoryName,
    tag,
    registry,
    reference: `${declared.host}/${path}`,
    client: createRegistryClient(
      { name, url, ...(credential && { credential }), ...(tokenService !== undefined && { tokenService }) },
      path,
      signal,
    ),
  };
}

async function findRegistry(repositoryName: string, { find }: RegistryTools): Promise<DeclaredRegistry> {
  const found = await find(repositoryName);
  const [registry] = found;
  if (registry && found.length === 1) return registry;
  const message = registry
    ? `The registries ${found.map(({ name }) => name).join(', ')} may all have the repository '${repositoryName}': name it in the 'repositories' of one.`
    : `Where the repository '${repositoryName}' is has not been declared. Store a resource of the kind Registry with the url of its registry: millrace apply --file FILE.`;
  throw new JobFailure('ConfigurationError', message);
}

/** Says that a repository, or a tag of it, does not exist: registries don't tell which. */
export function missingTag({ reference, tag }: { reference: string; tag: string }): JobFailure {
  return new JobFailure('ConfigurationError', `There is no image ${reference} with the tag '${tag}'.`);
}

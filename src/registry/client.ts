import { createHash } from 'node:crypto';
import { JobFailure } from '../worker/job-failure.ts';
import { authorize, type RegistryAddress } from './access.ts';
import { type RegistryAnswer, sendToRegistry } from './request.ts';

/** A larger one would keep the event loop busy when it is parsed; an image of a hundred layers has some 20 KiB. */
const maxDocumentBytes = 256 * 1024;

/** The media types of manifests that are read: of images, and of indexes that list one for each platform. */
const manifestTypes = {
  image: ['application/vnd.oci.image.manifest.v1+json', 'application/vnd.docker.distribution.manifest.v2+json'],
  index: ['application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json'],
};

/** A manifest whose bytes have its digest. */
export interface Manifest {
  kind: keyof typeof manifestTypes;
  digest: string;
  document: Record<string, unknown>;
  /** When the registry says that it was stored. */
  modifiedAt?: number;
}

/** Reads one repository of a registry. Its methods throw `JobFailure`. */
export interface RegistryClient {
  /** Returns the digest that a tag or digest means now; undefined if there is none. */
  findDigest(reference: string): Promise<string | undefined>;
  /** Returns the manifest of a tag or digest; undefined if there is none. */
  readManifest(reference: string): Promise<Manifest | undefined>;
  /** Returns the JSON document of a digest; undefined if there is none. */
  readDocument(digest: string): Promise<Record<string, unknown> | undefined>;
}

/** A digest as image references have it; others are not computed here. */
const digestPattern = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** Reports whether a text is a digest of an image. */
export function isDigest(text: string): boolean {
  return digestPattern.test(text);
}

/** Creates a client of a repository; `path` is its name at the registry. It proves who it is when it is asked to. */
export function createRegistryClient(registry: RegistryAddress, path: string, signal: AbortSignal): RegistryClient {
  let authorization: string | undefined;
  const base = new URL(`/v2/${path}/`, registry.url);
  const accept = Object.values(manifestTypes).flat().join(', ');

  async function send(kind: 'manifests' | 'blobs', reference: string, method: 'GET' | 'HEAD' = 'GET') {
    const request = {
      url: new URL(`${kind}/${reference}`, base),
      method,
      maxBytes: maxDocumentBytes,
      signal,
      ...(kind === 'manifests' && { accept }),
    };
    const answer = await sendToRegistry({ ...request, ...(authorization !== undefined && { authorization }) });
    // Credentials that were refused once are refused again, and another host must not get them.
    if (answer.status !== 401 || authorization !== undefined || !answer.isOwn) return checkStatus(answer);
    const header = answer.headers.get('www-authenticate');
    authorization = await authorize(registry, { header, scope: `repository:${path}:pull`, signal });
    return checkStatus(await sendToRegistry({ ...request, authorization }));
  }

  function checkStatus(answer: RegistryAnswer): RegistryAnswer | undefined {
    const { status, isOwn } = answer;
    if (status === 200) return answer;
    if (status === 404) return undefined;
    const where = `The registry ${registry.url.host}`;
    if (status === 401 || status === 403) {
      const what = isOwn ? `denies access to ${path}` : `redirects to a host that denies access to ${path}`;
      const message = `${where} ${what}: check user name and password of the Registry '${registry.name}'.`;
      throw new JobFailure('PermissionError', message);
    }
    if (status === 429) throw new JobFailure('SystemUnavailable', `${where} limits how often it can be asked (429).`);
    const type = status >= 500 ? 'SystemUnavailable' : 'ConfigurationError';
    throw new JobFailure(type, `${where} answered ${status} when asked for ${path}.`);
  }

  async function readManifest(reference: string): Promise<Manifest | undefined> {
    const answer = await send('manifests', reference);
    if (!answer) return undefined;
    const digest = digestOf(reference, answer, registry);
    const document = parse(answer, registry);
    const modifiedAt = Date.parse(answer.headers.get('last-modified') ?? '');
    return {
      kind: kindOf(answer, document, registry),
      digest,
      document,
      ...(Number.isFinite(modifiedAt) && { modifiedAt }),
    };
  }

  return {
    readManifest,
    async findDigest(reference) {
      const answer = await send('manifests', reference, 'HEAD');
      if (!answer) return undefined;
      const digest = answer.headers.get('docker-content-digest') ?? '';
      // A registry need not name it.
      return isDigest(digest) ? digest : (await readManifest(reference))?.digest;
    },
    async readDocument(digest) {
      const answer = await send('blobs', digest);
      if (!answer) return undefined;
      digestOf(digest, answer, registry);
      return parse(answer, registry);
    },
  };
}

/** Returns the digest of what was sent. Throws if it is not what was asked for or what the registry says. */
function digestOf(reference: string, { headers, body }: RegistryAnswer, { url }: RegistryAddress): string {
  const named = headers.get('docker-content-digest') ?? '';
  const expected = isDigest(reference) ? reference : isDigest(named) ? named : undefined;
  const algorithm = expected?.startsWith('sha512:') ? 'sha512' : 'sha256';
  const digest = `${algorithm}:${createHash(algorithm).update(body).digest('hex')}`;
  if (expected === undefined || expected === digest) return digest;
  const message = `The registry ${url.host} sent other bytes than those of ${expected}: their digest is ${digest}.`;
  throw new JobFailure('RevisionUnavailable', message);
}

function parse({ body }: RegistryAnswer, { url }: RegistryAddress): Record<string, unknown> {
  try {
    const document: unknown = JSON.parse(body.toString('utf8'));
    if (typeof document === 'object' && document !== null && !Array.isArray(document)) {
      return document as Record<string, unknown>;
    }
  } catch {}
  const message = `What the registry ${url.host} sent is not a JSON object. Is its URL right?`;
  throw new JobFailure('ConfigurationError', message);
}

/** Finds out what a manifest is: by its header, or by its own member if the header says only JSON. */
function kindOf({ headers }: RegistryAnswer, document: Record<string, unknown>, { url }: RegistryAddress) {
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  const named = type === '' || type === 'application/json' ? String(document.mediaType) : type;
  if (manifestTypes.image.includes(named)) return 'image';
  if (manifestTypes.index.includes(named)) return 'index';
  const message = `The registry ${url.host} sent a manifest of the type ${named.slice(0, 100)}, which cannot be read. Push the image in the format of OCI or Docker schema 2.`;
  throw new JobFailure('ConfigurationError', message);
}

import { filePath, oneOf, parseServerUrl, textMatching } from './parsers.ts';
import { inGroup, type Values } from './setting.ts';

/** Settings of an external artifact store; without `artifactStore` the objects are in the data folder. */
export const artifactStoreSettings = inGroup('External artifact store:', {
  artifactStore: {
    env: 'MILLRACE_ARTIFACT_STORE',
    option: '--artifact-store',
    placeholder: 'url',
    parse: parseServerUrl,
    description: 'S3-compatible store that keeps all buckets instead of the data folder; see operating.md.',
  },
  artifactStoreRegion: {
    env: 'MILLRACE_ARTIFACT_STORE_REGION',
    option: '--artifact-store-region',
    placeholder: 'name',
    default: 'us-east-1',
    parse: textMatching(/^[a-z0-9][a-z0-9-]{0,61}$/, "the store's region, such as us-east-1"),
    description: 'Region of that store, for signatures and new buckets.',
  },
  artifactStoreAccessKeyId: {
    env: 'MILLRACE_ARTIFACT_STORE_ACCESS_KEY_ID',
    placeholder: 'id',
    parse: textMatching(/^[!-~]{1,128}$/, 'up to 128 printable ASCII characters without spaces'),
    description: 'Access key id with which the server signs its requests to the store.',
  },
  artifactStoreSecretAccessKey: {
    env: 'MILLRACE_ARTIFACT_STORE_SECRET_ACCESS_KEY',
    placeholder: 'secret',
    parse: textMatching(/^[!-~]{1,256}$/, 'up to 256 printable ASCII characters without spaces'),
    description: 'Secret half of that key.',
  },
  artifactStoreKeyFile: {
    env: 'MILLRACE_ARTIFACT_STORE_KEY_FILE',
    option: '--artifact-store-key-file',
    placeholder: 'file',
    parse: filePath,
    description:
      'File with that key, instead of the two variables, in the format of `~/.aws/credentials` (profile `default`).',
  },
  artifactStoreAddressing: {
    env: 'MILLRACE_ARTIFACT_STORE_ADDRESSING',
    option: '--artifact-store-addressing',
    placeholder: 'path|host',
    default: 'path',
    parse: oneOf(['path', 'host']),
    description: "Where the store expects a bucket's name: in the path, or in front of the host as on AWS.",
  },
  artifactStoreBucketPrefix: {
    env: 'MILLRACE_ARTIFACT_STORE_BUCKET_PREFIX',
    option: '--artifact-store-bucket-prefix',
    placeholder: 'text',
    parse: textMatching(
      /^[a-z0-9](?:[a-z0-9-]|\{account\}){0,38}$/,
      'lower-case letters, digits, hyphens and {account}',
    ),
    description: "Prefix of every bucket's name at the store; `{account}` in it is replaced with the account.",
  },
  logBucket: {
    env: 'MILLRACE_LOG_BUCKET',
    option: '--log-bucket',
    placeholder: 'bucket',
    parse: textMatching(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "a bucket's name"),
    description:
      'Bucket of that store that keeps the blocks of logs, for each account; without it logs stay in the database.',
  },
  artifactStoreEncryption: {
    env: 'MILLRACE_ARTIFACT_STORE_ENCRYPTION',
    option: '--artifact-store-encryption',
    placeholder: 'ignore|pass',
    default: 'ignore',
    parse: oneOf(['ignore', 'pass']),
    description:
      'pass forwards headers that request server-side encryption to the store, whose KMS must know the keys.',
  },
  artifactStoreCredentials: {
    env: 'MILLRACE_ARTIFACT_STORE_CREDENTIALS',
    option: '--artifact-store-credentials',
    placeholder: 'own|assume-role',
    default: 'own',
    parse: oneOf(['own', 'assume-role']),
    description:
      'assume-role gives workers credentials of the store itself; each must have `AWS_ENDPOINT_URL_S3` set to the store.',
  },
  artifactStoreRole: {
    env: 'MILLRACE_ARTIFACT_STORE_ROLE',
    option: '--artifact-store-role',
    placeholder: 'arn',
    parse: textMatching(/^arn:[a-z-]+:iam::[^\s:]*:role\/\S{1,1000}$/, 'the ARN of a role'),
    description: 'Role at the store that assume-role assumes, restricted to the objects of the job.',
  },
  artifactStoreSts: {
    env: 'MILLRACE_ARTIFACT_STORE_STS',
    option: '--artifact-store-sts',
    placeholder: 'url',
    parse: parseServerUrl,
    description: "STS endpoint for that role; the store's URL unless set.",
  },
});

/** Finds settings that contradict each other. */
export function artifactStoreProblems(config: Partial<Values<typeof artifactStoreSettings>>): string[] {
  const problems: string[] = [];
  if (config.artifactStore === undefined) return problems;
  if (config.artifactStoreAccessKeyId === undefined && config.artifactStoreKeyFile === undefined) {
    problems.push(
      `--artifact-store: the server has no key for it; set ${artifactStoreSettings.artifactStoreAccessKeyId.env} and its secret half, or --artifact-store-key-file.`,
    );
  }
  if (config.artifactStoreCredentials !== 'assume-role') return problems;
  if (config.artifactStoreRole === undefined) {
    problems.push('--artifact-store-credentials: assume-role needs a role; set --artifact-store-role.');
  }
  if (config.artifactStoreBucketPrefix !== undefined) {
    problems.push(
      "--artifact-store-bucket-prefix: assume-role shows workers the store's own bucket names; leave the prefix out.",
    );
  }
  return problems;
}

import { oneOf, parseServerUrl, type Setting, textMatching } from './parsers.ts';

/** The settings of an external artifact store; without `artifactStore` the objects are in the data folder. */
export interface ArtifactStoreConfig {
  /** Origin of the S3-compatible store. */
  artifactStore?: string;
  artifactStoreRegion: string;
  /** Present exactly when `artifactStoreSecretAccessKey` is. */
  artifactStoreAccessKeyId?: string;
  artifactStoreSecretAccessKey?: string;
  /** File in AWS's format for shared credentials. */
  artifactStoreKeyFile?: string;
  artifactStoreAddressing: 'path' | 'host';
  /** What stands before every bucket's name; `{account}` in it stands for the account. */
  artifactStoreBucketPrefix?: string;
  artifactStoreEncryption: 'ignore' | 'pass';
  artifactStoreCredentials: 'own' | 'assume-role';
  artifactStoreRole?: string;
  /** Origin of the store's STS; the store's own unless set. */
  artifactStoreSts?: string;
}

/** The rows of the table of settings. */
export const artifactStoreSettings: {
  [Name in keyof ArtifactStoreConfig]-?: Setting<NonNullable<ArtifactStoreConfig[Name]>>;
} = {
  artifactStore: {
    env: 'MILLRACE_ARTIFACT_STORE',
    flag: '--artifact-store',
    placeholder: 'url',
    parse: parseServerUrl,
    sentence: 'S3-compatible store that keeps all buckets instead of the data folder; see operating.md.',
  },
  artifactStoreRegion: {
    env: 'MILLRACE_ARTIFACT_STORE_REGION',
    flag: '--artifact-store-region',
    placeholder: 'name',
    default: 'us-east-1',
    parse: textMatching(/^[a-z0-9][a-z0-9-]{0,61}$/, "the store's region, such as us-east-1"),
    sentence: 'Region of that store: for signatures, and for new buckets.',
  },
  artifactStoreAccessKeyId: {
    env: 'MILLRACE_ARTIFACT_STORE_ACCESS_KEY_ID',
    placeholder: 'id',
    parse: textMatching(/^[!-~]{1,128}$/, 'up to 128 printable ASCII characters without spaces'),
    sentence: 'Access key id with which the server signs for the store.',
  },
  artifactStoreSecretAccessKey: {
    env: 'MILLRACE_ARTIFACT_STORE_SECRET_ACCESS_KEY',
    placeholder: 'secret',
    parse: textMatching(/^[!-~]{1,256}$/, 'up to 256 printable ASCII characters without spaces'),
    sentence: 'Secret half of that key.',
  },
  artifactStoreKeyFile: {
    env: 'MILLRACE_ARTIFACT_STORE_KEY_FILE',
    flag: '--artifact-store-key-file',
    placeholder: 'file',
    parse: textMatching(/^[^\0]+$/, 'the path of a file'),
    sentence: 'File with that key instead, in the format of `~/.aws/credentials` (profile `default`).',
  },
  artifactStoreAddressing: {
    env: 'MILLRACE_ARTIFACT_STORE_ADDRESSING',
    flag: '--artifact-store-addressing',
    placeholder: 'path|host',
    default: 'path',
    parse: oneOf(['path', 'host']),
    sentence: "Where the store takes a bucket's name: in the path, or in front of the host as AWS wants it.",
  },
  artifactStoreBucketPrefix: {
    env: 'MILLRACE_ARTIFACT_STORE_BUCKET_PREFIX',
    flag: '--artifact-store-bucket-prefix',
    placeholder: 'text',
    parse: textMatching(/^[a-z0-9](?:[a-z0-9-]|\{account\}){0,38}$/, 'small letters, digits, hyphens and {account}'),
    sentence: "Prefix of every bucket's name at the store; `{account}` in it is replaced with the account.",
  },
  artifactStoreEncryption: {
    env: 'MILLRACE_ARTIFACT_STORE_ENCRYPTION',
    flag: '--artifact-store-encryption',
    placeholder: 'ignore|pass',
    default: 'ignore',
    parse: oneOf(['ignore', 'pass']),
    sentence: 'pass forwards headers that request server-side encryption to the store, whose KMS must know the keys.',
  },
  artifactStoreCredentials: {
    env: 'MILLRACE_ARTIFACT_STORE_CREDENTIALS',
    flag: '--artifact-store-credentials',
    placeholder: 'own|assume-role',
    default: 'own',
    parse: oneOf(['own', 'assume-role']),
    sentence:
      'assume-role gives workers credentials of the store itself; each must have `AWS_ENDPOINT_URL_S3` set to the store.',
  },
  artifactStoreRole: {
    env: 'MILLRACE_ARTIFACT_STORE_ROLE',
    flag: '--artifact-store-role',
    placeholder: 'arn',
    parse: textMatching(/^arn:[a-z-]+:iam::[^\s:]*:role\/\S{1,1000}$/, 'the ARN of a role'),
    sentence: 'Role at the store that assume-role assumes, restricted to the objects of the job.',
  },
  artifactStoreSts: {
    env: 'MILLRACE_ARTIFACT_STORE_STS',
    flag: '--artifact-store-sts',
    placeholder: 'url',
    parse: parseServerUrl,
    sentence: "STS endpoint for that role; default: the store's URL.",
  },
};

/** What of the settings does not go together, each with its fix. */
export function artifactStoreProblems(config: Partial<ArtifactStoreConfig>): string[] {
  const problems: string[] = [];
  if (config.artifactStore === undefined) return problems;
  if (config.artifactStoreAccessKeyId === undefined && config.artifactStoreKeyFile === undefined) {
    problems.push(
      `--artifact-store: the server has no key for it; set ${artifactStoreSettings.artifactStoreAccessKeyId.env} and its secret half, or --artifact-store-key-file.`,
    );
  }
  if (config.artifactStoreCredentials !== 'assume-role') return problems;
  if (config.artifactStoreRole === undefined) {
    problems.push('--artifact-store-credentials: assume-role needs the role; give --artifact-store-role.');
  }
  if (config.artifactStoreBucketPrefix !== undefined) {
    problems.push(
      "--artifact-store-bucket-prefix: with assume-role workers see the store's own names; leave the prefix out.",
    );
  }
  return problems;
}

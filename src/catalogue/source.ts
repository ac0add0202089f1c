import type { CataloguedActionType } from '../model/action-type.ts';
import { type Bounds, builtInType } from './built-in-type.ts';
import { optional, required, secret } from './property.ts';

const category = 'Source';
const outputs: Bounds = [1, 1];

const pollForSourceChanges = optional('PollForSourceChanges', 'Whether to poll the branch for changes.');
const outputArtifactFormat = optional(
  'OutputArtifactFormat',
  '`CODE_ZIP` for an archive of the files, `CODEBUILD_CLONE_REF` for a reference that only CodeBuild reads.',
);

/** Source types (behaviour D.1). */
export const sourceTypes: readonly CataloguedActionType[] = [
  builtInType({
    category,
    provider: 'S3',
    outputs,
    properties: [
      required('S3Bucket', 'The versioned bucket that holds the source object.'),
      required('S3ObjectKey', 'The key of the source object.'),
      optional('PollForSourceChanges', 'Whether to poll the object for changes.'),
      optional('AllowOverrideForS3ObjectKey', 'Whether a start can use another object key.'),
    ],
    attributes: {
      polls: true,
      hidesRevisionTime: true,
      overrides: {
        S3_OBJECT_VERSION_ID: 'revision',
        S3_OBJECT_KEY: { property: 'S3ObjectKey', allowedBy: 'AllowOverrideForS3ObjectKey' },
      },
    },
  }),
  builtInType({
    category,
    provider: 'CodeCommit',
    outputs,
    properties: [
      required('RepositoryName', 'The repository that holds the source.'),
      required('BranchName', 'The branch whose head is used.'),
      pollForSourceChanges,
      outputArtifactFormat,
    ],
    attributes: { polls: true, overrides: { COMMIT_ID: 'revision' } },
  }),
  builtInType({
    category,
    owner: 'ThirdParty',
    provider: 'GitHub',
    outputs,
    properties: [
      required('Owner', 'The user or organization that owns the repository.'),
      required('Repo', 'The name of the repository.'),
      required('Branch', 'The branch whose head is used.'),
      secret('OAuthToken', 'The token for access to the repository.'),
      pollForSourceChanges,
    ],
    attributes: { polls: true },
    // The service also has a template with {RevisionId}, a placeholder that the guide does not define.
    settings: { entityUrlTemplate: 'https://github.com/{Config:Owner}/{Config:Repo}/tree/{Config:Branch}' },
  }),
  builtInType({
    category,
    provider: 'CodeStarSourceConnection',
    outputs,
    properties: [
      required('ConnectionArn', 'The connection to the host of the repository.'),
      required('FullRepositoryId', 'Owner and name of the repository, as in `owner/name`.'),
      required('BranchName', 'The branch whose head is used.'),
      outputArtifactFormat,
      optional('DetectChanges', 'Whether a push starts the pipeline; `true` by default.'),
    ],
    attributes: { needsConnection: true, overrides: { COMMIT_ID: 'revision' } },
  }),
  builtInType({
    category,
    provider: 'ECR',
    outputs,
    properties: [
      required('RepositoryName', 'The repository that holds the image.'),
      optional('ImageTag', 'The tag of the image; `latest` by default.'),
    ],
    attributes: { overrides: { IMAGE_DIGEST: 'revision' } },
  }),
];

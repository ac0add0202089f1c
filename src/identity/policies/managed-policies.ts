import { type Policy, parsePolicy } from './policy.ts';
import { PolicyError } from './policy-json.ts';

const arnPrefix = 'arn:aws:iam::aws:policy/';

const allow = (resource: string, ...actions: string[]) => ({ Effect: 'Allow', Action: actions, Resource: resource });
const codePipeline = (...operations: string[]) => operations.map((name) => `codepipeline:${name}`);

// The buckets that AWS's console creates for artifacts.
const artifactBuckets = 'arn:aws:s3:::codepipeline-*';

/** The statements of AWS's policies, without those about other services, and of our own. */
const statements: Record<string, object[]> = {
  AWSCodePipeline_FullAccess: [
    allow('*', 'codepipeline:*', 's3:ListAllMyBuckets'),
    allow(
      artifactBuckets,
      's3:CreateBucket',
      's3:GetBucketPolicy',
      's3:GetBucketVersioning',
      's3:GetObjectVersion',
      's3:PutBucketPolicy',
    ),
  ],
  AWSCodePipeline_ReadOnlyAccess: [
    allow(
      '*',
      ...codePipeline('GetPipeline', 'GetPipelineExecution', 'GetPipelineState'),
      ...codePipeline('ListActionExecutions', 'ListActionTypes', 'ListPipelineExecutions', 'ListPipelines'),
      ...codePipeline('ListTagsForResource'),
      's3:ListAllMyBuckets',
    ),
    allow(artifactBuckets, 's3:GetBucketPolicy', 's3:GetObject', 's3:ListBucket'),
  ],
  AWSCodePipelineApproverAccess: [
    allow(
      '*',
      ...codePipeline('GetPipeline', 'GetPipelineExecution', 'GetPipelineState'),
      ...codePipeline('ListPipelineExecutions', 'ListPipelines', 'PutApprovalResult'),
    ),
  ],
  AWSCodePipelineCustomActionAccess: [
    allow(
      '*',
      ...codePipeline('PollForJobs', 'AcknowledgeJob', 'GetJobDetails', 'PutJobSuccessResult', 'PutJobFailureResult'),
    ),
  ],
  // What `millrace runner` calls. It gets objects with the credentials of its claims.
  MillraceRunner: [
    allow(
      '*',
      ...['ClaimBuilds', 'FinishBuild', 'PutBuildLog', 'PutBuildProgress', 'ReleaseBuild', 'RenewBuild'].map(
        (name) => `millrace:${name}`,
      ),
    ),
  ],
};

/** The supported managed policies of AWS and our own, by name. */
export const managedPolicies: ReadonlyMap<string, Policy> = new Map(
  Object.entries(statements).map(([name, list]) => [
    name,
    parsePolicy({ Version: '2012-10-17', Statement: list }, name),
  ]),
);

/**
 * Parses the policies of a key or a role, each a JSON document or the name or ARN of a managed policy. Throws
 * `PolicyError`, whose location begins with `place`.
 */
export function parsePolicies(policies: readonly unknown[], place = 'policies'): Policy[] {
  return policies.map((policy, index) => {
    const at = `${place}[${index}]`;
    if (typeof policy !== 'string' || policy.trimStart().startsWith('{')) return parsePolicy(policy, at);
    const managed = managedPolicies.get(policy.startsWith(arnPrefix) ? policy.slice(arnPrefix.length) : policy);
    if (managed) return managed;
    const known = [...managedPolicies.keys()].join(', ');
    throw new PolicyError(at, `neither a JSON document nor a managed policy: expected one of ${known}`);
  });
}

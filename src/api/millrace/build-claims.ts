import { ServiceError } from '../../contract/errors.ts';
import type { BuildCredentials, ClaimedBuild as ClaimedBuildShape } from '../../contract/generated.ts';
import { isAllowed } from '../../identity/policies/authorize.ts';
import { jobCredentialLifetimeMs } from '../../identity/secrets/job-credentials.ts';
import { type Build, type BuildOrder, buildArn, readBuildArn } from '../../model/build.ts';
import { type BuildObject, objectsOf } from '../../model/build-objects.ts';
import type { Dependencies } from '../dependencies.ts';
import type { OwnCall } from './operation.ts';
import type { OwnResource } from './resources.ts';

/** A claim of a build, as the store returns it. */
type ClaimedBuild = Awaited<ReturnType<Dependencies['store']['builds']['claim']>>[number];

/** The builds of an account, of all Regions. */
export const everyBuild: OwnResource<unknown> = {
  documentation: '`arn:aws:codebuild:*:<account>:build/*`',
  arnOf: (_, { account }) => `arn:aws:codebuild:*:${account}:build/*`,
};

/** A build by its ARN. */
export const namedBuild: OwnResource<{ buildArn: string }> = {
  documentation: '`arn:aws:codebuild:<region>:<account>:build/<project>:<uuid>`',
  arnOf: async ({ buildArn: arn }, { account }) => (readBuildArn(arn)?.scope.account === account ? arn : undefined),
};

/** Reads the claim that a call is about. Throws ResourceNotFoundException unless the ARN is one of the account. */
export function leaseOf(
  { buildArn: arn, fence }: { buildArn: string; fence: number },
  { account }: OwnCall,
): { scope: Build['scope']; id: string; fence: number } {
  const named = readBuildArn(arn);
  if (named?.scope.account !== account) {
    throw new ServiceError('ResourceNotFoundException', `There is no build ${arn} in this account.`);
  }
  return { ...named, fence };
}

export function leaseLost(arn: string): ServiceError {
  return new ServiceError(
    'BuildLeaseLostException',
    `The claim of ${arn} is over: the build has ended, or another runner has it. End what runs for it.`,
  );
}

/** Returns what a runner gets of a build: its order with sources that it can read, and credentials for them. */
export async function toClaimedBuild(build: ClaimedBuild, dependencies: Dependencies): Promise<ClaimedBuildShape> {
  return {
    buildArn: buildArn(build.scope, build.id),
    fence: build.fence,
    number: build.number,
    attempt: build.attempts,
    startedAt: build.startedAt,
    leaseSeconds: Math.floor(dependencies.settings.leaseMs / 1000),
    order: JSON.stringify(runnableOrder(build)),
    ...(await credentialsOf(build, dependencies)),
  };
}

/** Mints the credentials of a claimed build: those for its objects, and a session of its service role. */
export async function credentialsOf(
  build: ClaimedBuild,
  dependencies: Dependencies,
): Promise<Pick<ClaimedBuildShape, 'artifactCredentials' | 'roleCredentials'>> {
  const { credentials, expiresAt } = dependencies.serviceSessions.begin(sessionOf(build));
  return {
    artifactCredentials: await artifactCredentials(build, dependencies),
    roleCredentials: { ...credentials, expiresAt },
  };
}

/** The session of a build's service role is named as at CodeBuild. */
function sessionOf({ id, order, scope }: Build): { account: string; roleArn: string; sessionName: string } {
  const uuid = id.slice(id.lastIndexOf(':') + 1);
  return { account: scope.account, roleArn: order.serviceRole, sessionName: `AWSCodeBuild-${uuid}` };
}

/** Returns the order with what the server has packed in the place of its GIT sources. */
function runnableOrder({ order, fetched }: Build): BuildOrder {
  return { ...order, ...fetched };
}

/**
 * Mints credentials that read what the build needs, sources as recorded with their producers, and write its artifacts and
 * its cache while the claim is the newest one.
 */
async function artifactCredentials(
  build: ClaimedBuild,
  { serviceSessions, workerCredentials, now }: Dependencies,
): Promise<BuildCredentials> {
  const { scope, holder, order } = build;
  const role = serviceSessions.callerOf(sessionOf(build));
  // An action has what its pipeline gives it; a build that is started alone has the rights of its role.
  const mayUse = (action: string) => (object: BuildObject) =>
    order.job !== undefined ||
    isAllowed(role, action, { ...object, key: `${object.key}${object.isPrefix ? '*' : ''}` });
  const named = objectsOf(order);
  const issuedAt = now();
  const expiresAt = issuedAt + jobCredentialLifetimeMs;
  const credentials = await workerCredentials({
    ...scope,
    jobId: holder,
    roleArn: order.serviceRole,
    read: [...named.read.filter(mayUse('s3:GetObject')), ...packedObjectsOf(build)],
    write: named.write.filter(mayUse('s3:PutObject')),
    issuedAt,
    expiresAt,
  });
  return { ...credentials, expiresAt };
}

/** Returns the archives that the server has made of the GIT sources of a build. */
function packedObjectsOf({ order, fetched }: Build): BuildObject[] {
  if (!fetched) return [];
  const given = [order.source, ...order.secondarySources];
  const packed = [fetched.source, ...fetched.secondarySources];
  return packed.flatMap((source, index) =>
    given[index]?.type === 'GIT' && 'bucket' in source ? [{ bucket: source.bucket, key: source.key }] : [],
  );
}

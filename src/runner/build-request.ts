import type { BuildFacts, BuildRequest, GivenValue } from '../builds/build-request.ts';
import type { ClaimedBuild } from '../contract/generated.ts';
import { type BuildOrder, type BuildVariable, readBuildArn } from '../model/build.ts';

/** A claim, with its order read. */
export interface Claim extends Omit<ClaimedBuild, 'order'> {
  /** `<project>:<uuid>`. */
  id: string;
  account: string;
  region: string;
  order: BuildOrder;
}

/** Reads a claim as the server answers it. */
export function readClaim(claimed: ClaimedBuild): Claim {
  const named = readBuildArn(claimed.buildArn);
  if (!named) throw new Error(`The server handed out a build with the ARN ${claimed.buildArn}.`);
  return { ...claimed, id: named.id, ...named.scope, order: JSON.parse(claimed.order) as BuildOrder };
}

/** Returns what a build request takes over from an order as it is. */
export function orderedParts({
  account,
  buildArn,
  id,
  number,
  order,
  region,
}: Claim): Pick<
  BuildRequest,
  'facts' | 'buildspec' | 'variables' | 'hasNetwork' | 'isPrivileged' | 'timeoutMs' | 'wantedArtifacts'
> {
  const { artifact, buildspec, hasNetwork, isPrivileged, secondaryArtifacts, timeoutMs, variables } = order;
  return {
    facts: { ...factsOf(order), id, arn: buildArn, number, region, projectArn: projectArn(order, account, region) },
    // An object is read with the sources.
    ...(buildspec && !('bucket' in buildspec) && { buildspec }),
    variables: { project: valuesOf(variables.project), start: valuesOf(variables.start) },
    hasNetwork,
    isPrivileged,
    timeoutMs,
    wantedArtifacts: {
      hasPrimary: artifact !== undefined,
      ...(artifact?.orSecondary !== undefined && { orSecondary: artifact.orSecondary }),
      secondary: secondaryArtifacts.flatMap(({ identifier }) => (identifier === undefined ? [] : [identifier])),
    },
  };
}

function factsOf(order: BuildOrder): Omit<BuildFacts, 'id' | 'region'> {
  const { batch, encryptionKey, image, initiator, resolvedSourceVersion, sourceRepositoryUrl, sourceVersion } = order;
  return {
    initiator,
    isCi: true,
    ...(image !== undefined && { image }),
    ...(batch && { batchIdentifier: batch.identifier }),
    ...(encryptionKey !== undefined && { encryptionKey }),
    ...(resolvedSourceVersion !== undefined && { resolvedSourceVersion }),
    ...(sourceRepositoryUrl !== undefined && { sourceRepositoryUrl }),
    ...(sourceVersion !== undefined && { sourceVersion }),
  };
}

function projectArn({ projectName }: BuildOrder, account: string, region: string): string {
  return `arn:aws:codebuild:${region}:${account}:project/${projectName}`;
}

function valuesOf(variables: readonly BuildVariable[]): Record<string, GivenValue> {
  return Object.fromEntries(variables.map(({ name, type, value }) => [name, givenValue(type, value)]));
}

function givenValue(type: BuildVariable['type'], value: string): GivenValue {
  if (type === 'PLAINTEXT') return value;
  return type === 'PARAMETER_STORE' ? { parameter: value } : { secret: value };
}

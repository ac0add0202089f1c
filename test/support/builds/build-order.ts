import type { BuildOrder, BuildOutcome } from '../../../src/model/build.ts';

/** Returns an order of the project `mill` without a source. */
export function buildOrder(members: Partial<BuildOrder> = {}): BuildOrder {
  return {
    kind: 'CodeBuild',
    projectName: 'mill',
    isPrivileged: false,
    hasNetwork: true,
    buildspec: { text: 'version: 0.2\nphases:\n  build:\n    commands:\n      - echo grind\n' },
    variables: { project: [], start: [] },
    source: { type: 'NO_SOURCE' },
    secondarySources: [],
    secondaryArtifacts: [],
    serviceRole: 'arn:aws:iam::123456789012:role/Build',
    timeoutMs: 60 * 60_000,
    queuedTimeoutMs: 8 * 60 * 60_000,
    logGroup: '/aws/codebuild/mill',
    logStream: 'one',
    initiator: 'user/miller',
    ...members,
  };
}

/** Returns how a runner ends a build. */
export function buildOutcome(members: Partial<BuildOutcome> = {}): BuildOutcome {
  return { status: 'SUCCEEDED', phases: [], exportedVariables: [], reports: [], artifacts: [], ...members };
}

import { ServiceError } from '../../contract/errors.ts';
import type { FinishBuildInput, RenewBuildOutput, ReportedPhase, ReportedReport } from '../../contract/generated.ts';
import { type BuildPhase, type BuildReport, buildWake } from '../../model/build.ts';
import { credentialsOf, leaseLost, leaseOf, namedBuild } from './build-claims.ts';
import { holdCall } from './held-call.ts';
import { ownOperation } from './operation.ts';

/** Extends a claim, and may wait until the build is to stop. */
export const renewBuild = ownOperation('RenewBuild', {
  resource: namedBuild,
  async run(input, call, dependencies) {
    const { store, now, settings } = dependencies;
    const { buildArn, waitSeconds = 0, withCredentials = false } = input;
    const lease = leaseOf(input, call);
    const hold = { wakeName: buildWake(lease.scope, lease.id), waitSeconds, signal: call.signal };
    return holdCall<RenewBuildOutput>(hold, dependencies, async () => {
      const renewed = await store.builds.renew(lease, now() + settings.leaseMs);
      // A call that is held while the runner ends the build.
      if (!renewed && (await store.builds.hasFinished(lease)))
        return { answer: { stopRequested: false }, isOver: true };
      if (!renewed) throw leaseLost(buildArn);
      const claimed = withCredentials ? await store.builds.findClaimed(lease) : undefined;
      if (withCredentials && !claimed) throw leaseLost(buildArn);
      const credentials = claimed && (await credentialsOf(claimed, dependencies));
      // Credentials are wanted now.
      return { answer: { ...renewed, ...credentials }, isOver: renewed.stopRequested || withCredentials };
    });
  },
});

/** Replaces the phases of a claimed build. */
export const putBuildProgress = ownOperation('PutBuildProgress', {
  resource: namedBuild,
  async run(input, call, { store }) {
    const isPut = await store.builds.putPhases(leaseOf(input, call), input.phases.map(toPhase));
    if (!isPut) throw leaseLost(input.buildArn);
    return {};
  },
});

/** Gives a claimed build back. */
export const releaseBuild = ownOperation('ReleaseBuild', {
  resource: namedBuild,
  async run(input, call, { store, now }) {
    if (!(await store.builds.release(leaseOf(input, call), now()))) throw leaseLost(input.buildArn);
    return {};
  },
});

/** Ends a claimed build. */
export const finishBuild = ownOperation('FinishBuild', {
  resource: namedBuild,
  async run(input, call, { store, now }) {
    const isFinished = await store.builds.finish(leaseOf(input, call), outcomeOf(input), now());
    if (!isFinished) throw leaseLost(input.buildArn);
    return {};
  },
});

function outcomeOf({
  status,
  phases,
  exportedVariables = [],
  reports = [],
  testCases = [],
  artifacts = [],
  failure,
}: FinishBuildInput) {
  return {
    status,
    phases: phases.map(toPhase),
    exportedVariables,
    reports: reports.map(toReport),
    testCases,
    artifacts,
    ...(failure && { failure }),
  };
}

function toPhase({ type, startedAt, endedAt, status, failure }: ReportedPhase): BuildPhase {
  return {
    type,
    startedAt,
    ...(endedAt !== undefined && { endedAt }),
    ...(status && { status }),
    ...(failure && { failure }),
  };
}

/** Throws ValidationException if the totals are not JSON. */
function toReport({ totals, ...report }: ReportedReport): BuildReport {
  if (totals === undefined) return report;
  try {
    return { ...report, totals: JSON.parse(totals) as unknown };
  } catch {
    throw new ServiceError('ValidationException', `The totals of the report ${report.name} are not JSON.`);
  }
}

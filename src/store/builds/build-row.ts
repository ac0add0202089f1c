import type {
  Build,
  BuildOrder,
  BuildPhase,
  BuildPhaseType,
  BuildStatus,
  EndedBuildStatus,
} from '../../model/build.ts';

export interface BuildRow {
  sequence: number;
  account: string;
  region: string;
  id: string;
  number: number;
  build_order: string;
  job_id: string | null;
  fetched: string | null;
  status: BuildStatus;
  started_at: number;
  ended_at: number | null;
  stop_requested_at: number | null;
  offer_at: number | null;
  deadline_at: number;
  claimed_at: number | null;
  attempts: number;
  released: number;
  fence: number;
  runner: string | null;
  phases: string;
  exported_variables: string;
  reports: string;
  artifacts: string;
  failure: string | null;
}

export function toBuild(row: BuildRow): Build {
  const phases = phasesOf(row);
  return {
    id: row.id,
    scope: { account: row.account, region: row.region },
    number: row.number,
    order: JSON.parse(row.build_order) as BuildOrder,
    ...(row.fetched !== null && { fetched: JSON.parse(row.fetched) as Build['fetched'] }),
    status: row.status,
    currentPhase: (phases.at(-1) as BuildPhase).type,
    phases,
    exportedVariables: JSON.parse(row.exported_variables) as Build['exportedVariables'],
    reports: JSON.parse(row.reports) as Build['reports'],
    artifacts: JSON.parse(row.artifacts) as Build['artifacts'],
    startedAt: row.started_at,
    ...(row.ended_at !== null && { endedAt: row.ended_at }),
    ...(row.stop_requested_at !== null && { stopRequestedAt: row.stop_requested_at }),
    attempts: row.attempts,
    ...(row.runner !== null && { runner: row.runner }),
    ...(row.failure !== null && { failure: JSON.parse(row.failure) as Build['failure'] }),
  };
}

/** The server's own phases around those of the runner. What was going on when the build ended has the build's status. */
function phasesOf(row: BuildRow): BuildPhase[] {
  const { started_at: startedAt, claimed_at: claimedAt, ended_at: endedAt } = row;
  const reported = JSON.parse(row.phases) as BuildPhase[];
  const submitted = { type: 'SUBMITTED', startedAt, endedAt: startedAt, status: 'SUCCEEDED' } as const;
  const queued = phase('QUEUED', startedAt, claimedAt);
  const provisioning = claimedAt === null ? [] : [phase('PROVISIONING', claimedAt, reported[0]?.startedAt ?? null)];
  const phases: BuildPhase[] = [submitted, queued, ...provisioning, ...reported];
  if (endedAt === null) return phases;
  const status = row.status as EndedBuildStatus;
  const failure = row.failure === null ? undefined : (JSON.parse(row.failure) as BuildPhase['failure']);
  const closed = phases.map((one) =>
    one.endedAt === undefined ? { ...one, endedAt, status, ...(failure && { failure }) } : one,
  );
  // A build can end between two phases, for example when its runner is lost there.
  const isShown = failure === undefined || closed.some((one) => one.failure?.message === failure.message);
  return [...closed, { type: 'COMPLETED', startedAt: endedAt, ...(!isShown && { failure }) }];
}

function phase(type: BuildPhaseType, startedAt: number, endedAt: number | null): BuildPhase {
  return endedAt === null ? { type, startedAt } : { type, startedAt, endedAt, status: 'SUCCEEDED' };
}

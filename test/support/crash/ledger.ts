import { setTimeout as sleep } from 'node:timers/promises';

const patienceMs = 20_000;

/** A worker's report; each marker is unique, and the server shows it as the external id. */
export interface Report {
  marker: string;
  outcome: 'Succeeded' | 'Failed' | 'Continued';
}

/** A job as its workers see it. */
export interface JobAccount {
  id: string;
  pipelineName: string;
  executionId: string;
  actionExecutionId: string;
  /** The nonce of its latest delivery, and when that poll began. */
  nonce: number;
  polledAt: number;
  /** Nonces of attempted acknowledgements. */
  triedNonces: Set<string>;
  /** The nonce of the successful acknowledgement, and its time. */
  winner?: { nonce: string; at: number };
  sent: Map<string, Report>;
  /** Accepted reports, more than one only for an abandoned action, and the time of the first response. */
  accepted: Map<string, Report>;
  acceptedAt?: number;
}

/** An execution as its clients see it. */
export interface ExecutionAccount {
  id: string;
  pipelineName: string;
  /** The life of the target with the last response about it. */
  touchedIn: number;
  isStopRequested: boolean;
  /** The attempted and successful retries by stage. */
  retriesSent: Map<string, number>;
  retriesAccepted: Map<string, number>;
}

/** Everything the clients know, and all violations so far. */
export interface Ledger {
  /** Whether the server's own actions may fail, as they must on a full disk. */
  mayBuiltInFail: boolean;
  executions: Map<string, ExecutionAccount>;
  /** The execution of each client request token. */
  starts: Map<string, { pipelineName: string; executionId: string }>;
  jobs: Map<string, JobAccount>;
  /** The accepted responses to approvals by token, which is the action execution. */
  approvals: Map<string, 'Approved' | 'Rejected'>;
  /** The content of each object that was written: bucket, key, label. */
  objects: Map<string, { bucket: string; key: string; versionId?: string; label: string }>;
  /** How often each difficulty occurred. */
  mishaps: Map<string, number>;
  violations: string[];
}

export function createLedger({ mayBuiltInFail = false } = {}): Ledger {
  return {
    mayBuiltInFail,
    executions: new Map(),
    starts: new Map(),
    jobs: new Map(),
    approvals: new Map(),
    objects: new Map(),
    mishaps: new Map(),
    violations: [],
  };
}

/** Copies the ledger, to compare it with rows that change while they are read. */
export function copyOf({ starts, jobs, approvals, ...rest }: Ledger): Ledger {
  return {
    ...rest,
    starts: new Map(starts),
    jobs: new Map([...jobs].map(([id, job]) => [id, { ...job, accepted: new Map(job.accepted) }])),
    approvals: new Map(approvals),
  };
}

export function note({ mishaps }: Ledger, mishap: string): void {
  mishaps.set(mishap, (mishaps.get(mishap) ?? 0) + 1);
}

/** Returns the account of an execution, creating it if it is new. */
export function touch(ledger: Ledger, executionId: string, pipelineName: string, life: number): ExecutionAccount {
  const known = ledger.executions.get(executionId);
  if (known) {
    known.touchedIn = life;
    return known;
  }
  const opened: ExecutionAccount = {
    id: executionId,
    pipelineName,
    touchedIn: life,
    isStopRequested: false,
    retriesSent: new Map(),
    retriesAccepted: new Map(),
  };
  ledger.executions.set(executionId, opened);
  return opened;
}

/** Records a successful start: one token must be one execution. */
export function recordStart(
  ledger: Ledger,
  {
    token,
    pipelineName,
    executionId,
    life,
  }: { token: string; pipelineName: string; executionId: string; life: number },
): void {
  const before = ledger.starts.get(token);
  if (before && before.executionId !== executionId) {
    ledger.violations.push(`token ${token} started ${before.executionId} and ${executionId}`);
  }
  ledger.starts.set(token, { pipelineName, executionId });
  touch(ledger, executionId, pipelineName, life);
}

export type Delivery = Pick<JobAccount, 'id' | 'pipelineName' | 'executionId' | 'actionExecutionId'>;

/** Records a delivery, which must not be of an acknowledged job or within another lease. */
export function recordDelivery(
  ledger: Ledger,
  delivery: Delivery,
  { nonce, polledAt, leaseMs, life }: { nonce: number; polledAt: number; leaseMs: number; life: number },
): JobAccount {
  touch(ledger, delivery.executionId, delivery.pipelineName, life);
  const known = ledger.jobs.get(delivery.id);
  if (!known) {
    const opened = {
      ...delivery,
      nonce,
      polledAt,
      triedNonces: new Set<string>(),
      sent: new Map(),
      accepted: new Map(),
    };
    ledger.jobs.set(delivery.id, opened);
    return opened;
  }
  if (known.winner && known.winner.at < polledAt) ledger.violations.push(`${known.id} was handed out once taken`);
  // The response of a poll may arrive after those of newer deliveries.
  if (nonce < known.nonce) return known;
  if (Date.now() - known.polledAt < leaseMs) ledger.violations.push(`${known.id} was handed out twice in one lease`);
  // A poll that began before the result's response may have been processed before the result.
  const hadResult = known.acceptedAt !== undefined && known.acceptedAt < polledAt;
  if (hadResult && !ledger.executions.get(known.executionId)?.isStopRequested) {
    ledger.violations.push(`${known.id} was handed out once it had a result`);
  }
  known.nonce = nonce;
  known.polledAt = polledAt;
  return known;
}

/** Records a successful acknowledgement. */
export function recordAcknowledgement(ledger: Ledger, job: JobAccount, nonce: string): void {
  if (job.winner && job.winner.nonce !== nonce) ledger.violations.push(`${job.id} was acknowledged with two nonces`);
  job.winner ??= { nonce, at: Date.now() };
}

/** Records an accepted report: only one, unless the action was abandoned. */
export function recordReport(ledger: Ledger, job: JobAccount, report: Report): void {
  job.accepted.set(report.marker, report);
  job.acceptedAt ??= Date.now();
  if (job.accepted.size > 1 && !ledger.executions.get(job.executionId)?.isStopRequested) {
    ledger.violations.push(`${job.id} took two results: ${[...job.accepted.keys()].join(', ')}`);
  }
}

/** Waits until more results were accepted, to show that the others keep working. */
export async function untilMoreResults(ledger: Ledger, what: string): Promise<void> {
  const count = () => [...ledger.jobs.values()].reduce((sum, { accepted }) => sum + accepted.size, 0);
  const wanted = count() + 3;
  const until = Date.now() + patienceMs;
  while (count() < wanted && ledger.violations.length === 0) {
    if (Date.now() > until) ledger.violations.push(`no progress ${what}`);
    await sleep(20);
  }
}

/** What a worker reports of a job; every marker is unlike all others, and the server shows it as the external id. */
export interface Report {
  marker: string;
  outcome: 'Succeeded' | 'Failed' | 'Continued';
}

/** A job as the workers know it. */
export interface JobAccount {
  id: string;
  pipelineName: string;
  executionId: string;
  actionExecutionId: string;
  /** Of its newest delivery: the nonce, and when the poll that brought it began. */
  nonce: number;
  polledAt: number;
  /** Nonces an acknowledgement was tried with. */
  askedNonces: Set<string>;
  /** The nonce whose acknowledgement was answered, and when that was. */
  winner?: { nonce: string; at: number };
  asked: Map<string, Report>;
  /**
   * Reports the server has taken, one, or more when nobody waits for them any more; and when the first was answered.
   */
  told: Map<string, Report>;
  toldAt?: number;
}

/** An execution as its clients know it. */
export interface ExecutionAccount {
  id: string;
  pipelineName: string;
  /** The life of the target in which something of it was answered last. */
  touchedIn: number;
  isStopAsked: boolean;
  /** How often a retry of a stage was asked for, and how often that was answered, by stage. */
  retriesAsked: Map<string, number>;
  retriesTold: Map<string, number>;
}

/** All that the clients were told, and every promise that was broken meanwhile. */
export interface Ledger {
  /** Whether what the server performs itself may fail: where it has no room it has to. */
  mayBuiltInFail: boolean;
  executions: Map<string, ExecutionAccount>;
  /** The execution of each client request token. */
  starts: Map<string, { pipelineName: string; executionId: string }>;
  jobs: Map<string, JobAccount>;
  /** What an approval was answered, by its token, which is its action execution. */
  approvals: Map<string, 'Approved' | 'Rejected'>;
  /** The content of each object whose write was answered: bucket, key, label. */
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

/** What has been told up to now, for whoever reads rows that come to say more while they are read. */
export function copyOf({ starts, jobs, approvals, ...rest }: Ledger): Ledger {
  return {
    ...rest,
    starts: new Map(starts),
    jobs: new Map([...jobs].map(([id, job]) => [id, { ...job, told: new Map(job.told) }])),
    approvals: new Map(approvals),
  };
}

export function note({ mishaps }: Ledger, mishap: string): void {
  mishaps.set(mishap, (mishaps.get(mishap) ?? 0) + 1);
}

/** The account of an execution that somebody was told of. */
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
    isStopAsked: false,
    retriesAsked: new Map(),
    retriesTold: new Map(),
  };
  ledger.executions.set(executionId, opened);
  return opened;
}

/** Books a start that was answered: one token is one execution. */
export function bookStart(
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

/** Books a delivery: never of a job that was taken, never twice within one lease. */
export function bookDelivery(
  ledger: Ledger,
  delivery: Delivery,
  { nonce, polledAt, leaseMs, life }: { nonce: number; polledAt: number; leaseMs: number; life: number },
): JobAccount {
  touch(ledger, delivery.executionId, delivery.pipelineName, life);
  const known = ledger.jobs.get(delivery.id);
  if (!known) {
    const opened = { ...delivery, nonce, polledAt, askedNonces: new Set<string>(), asked: new Map(), told: new Map() };
    ledger.jobs.set(delivery.id, opened);
    return opened;
  }
  if (known.winner && known.winner.at < polledAt) ledger.violations.push(`${known.id} was handed out once taken`);
  // The answer of a poll may come late, after those of newer deliveries.
  if (nonce < known.nonce) return known;
  if (Date.now() - known.polledAt < leaseMs) ledger.violations.push(`${known.id} was handed out twice in one lease`);
  // A poll that began before the result was answered may have been served before it, and be answered after it.
  const hadResult = known.toldAt !== undefined && known.toldAt < polledAt;
  if (hadResult && !ledger.executions.get(known.executionId)?.isStopAsked) {
    ledger.violations.push(`${known.id} was handed out once it had a result`);
  }
  known.nonce = nonce;
  known.polledAt = polledAt;
  return known;
}

/** Books an acknowledgement that was answered. */
export function bookAcknowledgement(ledger: Ledger, job: JobAccount, nonce: string): void {
  if (job.winner && job.winner.nonce !== nonce) ledger.violations.push(`${job.id} was acknowledged with two nonces`);
  job.winner ??= { nonce, at: Date.now() };
}

/** Books a report that was taken: one result, unless the action has been given up and nobody waits for any. */
export function bookReport(ledger: Ledger, job: JobAccount, report: Report): void {
  job.told.set(report.marker, report);
  job.toldAt ??= Date.now();
  if (job.told.size > 1 && !ledger.executions.get(job.executionId)?.isStopAsked) {
    ledger.violations.push(`${job.id} took two results: ${[...job.told.keys()].join(', ')}`);
  }
}

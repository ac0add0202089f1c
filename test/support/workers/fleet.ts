import { setTimeout as pause } from 'node:timers/promises';
import { type Chance, createChance } from '../engine/random.ts';
import { callRaw } from '../requests/signed-request.ts';

/** A delivery of a job by a poll. */
export interface Delivery {
  id: string;
  nonce: string;
  pipelineName: string;
  actionName: string;
}

/** A result that the server accepted. */
interface AcceptedResult {
  /** Unique for each result; the pipeline shows it as the external id. */
  marker: string;
  isSuccess: boolean;
}

/** The outcome of all jobs, as the workers saw it, and all violated guarantees. */
export interface Ledger {
  jobs: Map<string, Delivery>;
  accepted: Map<string, AcceptedResult>;
  /** Acknowledged by a worker that then disappeared. */
  deserted: Set<string>;
  /** How often each difficulty occurred. */
  mishaps: Map<string, number>;
  violations: string[];
}

interface Fleet {
  url: string;
  /** The input of every poll, except its batch size. */
  poll: object;
  jobCount: number;
  leaseMs: number;
  ledger: Ledger;
  acknowledgedAt: Map<string, number>;
  /** The start of the poll that returned a job's latest delivery. */
  polledAt: Map<string, number>;
}

/** Returns the output of a call, or its error code. */
export async function call(url: string, operation: string, input: object, headers: Record<string, string> = {}) {
  const { status, body } = await callRaw(url, operation, JSON.stringify(input), { headers });
  const output = (body === '' ? {} : JSON.parse(body)) as Record<string, unknown>;
  return { code: status === 200 ? 'ok' : String(output.__type), output };
}

/** Runs `workerCount` workers until each job has a result or was abandoned. */
export async function runFleet(
  options: Pick<Fleet, 'url' | 'poll' | 'jobCount' | 'leaseMs'> & { seed: number; workerCount: number },
): Promise<Ledger> {
  const ledger: Ledger = {
    jobs: new Map(),
    accepted: new Map(),
    deserted: new Set(),
    mishaps: new Map(),
    violations: [],
  };
  const fleet: Fleet = { ...options, ledger, acknowledgedAt: new Map(), polledAt: new Map() };
  const workers = Array.from({ length: options.workerCount }, (_, number) =>
    runWorker(fleet, `w${number}`, createChance(options.seed * 1000 + number)),
  );
  await Promise.all(workers);
  return ledger;
}

function isDone({ ledger, jobCount }: Fleet): boolean {
  const { accepted, deserted } = ledger;
  const open = [...deserted].filter((id) => !accepted.has(id)).length;
  return accepted.size + open === jobCount;
}

function note({ ledger }: Fleet, mishap: string): void {
  ledger.mishaps.set(mishap, (ledger.mishaps.get(mishap) ?? 0) + 1);
}

async function runWorker(fleet: Fleet, name: string, chance: Chance): Promise<void> {
  const slow: Delivery[] = [];
  const waits = chance.oneIn(2);
  while (!isDone(fleet)) {
    const deliveries = await poll(fleet, 1 + chance.below(3), waits);
    for (const delivery of deliveries) {
      const fate = chance.below(10);
      if (fate === 0) note(fleet, 'vanished after the poll');
      else if (fate === 1) slow.push(delivery);
      else await work(fleet, delivery, { name, chance });
    }
    if (deliveries.length > 0) continue;
    const late = slow.shift();
    if (late) await work(fleet, late, { name, chance });
    // Real workers pause between polls too; no assertion depends on it.
    else if (!waits) await pause(50 + chance.below(100));
  }
  for (const late of slow) await report(fleet, late, `${name} after the end`);
}

async function poll(fleet: Fleet, maxBatchSize: number, waits: boolean): Promise<Delivery[]> {
  const beganAt = performance.now();
  const headers: Record<string, string> = waits ? { 'x-millrace-wait-seconds': '1' } : {};
  const { code, output } = await call(fleet.url, 'PollForJobs', { ...fleet.poll, maxBatchSize }, headers);
  if (code !== 'ok') fleet.ledger.violations.push(`a poll was refused: ${code}`);
  return ((output.jobs ?? []) as PolledJob[]).map((job) => {
    const { pipelineName, action } = job.data.pipelineContext;
    const delivery = { id: job.id, nonce: job.nonce, pipelineName, actionName: action.name };
    checkDelivery(fleet, delivery, beganAt);
    return delivery;
  });
}

interface PolledJob {
  id: string;
  nonce: string;
  data: { pipelineContext: { pipelineName: string; action: { name: string } } };
}

function checkDelivery({ ledger, acknowledgedAt, polledAt, leaseMs }: Fleet, { id, ...rest }: Delivery, at: number) {
  const acknowledged = acknowledgedAt.get(id);
  if (acknowledged !== undefined && acknowledged < at) ledger.violations.push(`${id} was handed out once taken`);
  const before = polledAt.get(id);
  if (before !== undefined && performance.now() - before < leaseMs) {
    ledger.violations.push(`${id} was handed out twice within one lease`);
  }
  polledAt.set(id, at);
  ledger.jobs.set(id, { id, ...rest });
}

async function work(fleet: Fleet, delivery: Delivery, { name, chance }: { name: string; chance: Chance }) {
  const { id: jobId, nonce } = delivery;
  const { code } = await call(fleet.url, 'AcknowledgeJob', { jobId, nonce });
  if (code === 'InvalidNonceException') {
    note(fleet, 'another worker was faster');
    // A confused worker reports anyway, and may be the first.
    if (chance.oneIn(2)) await report(fleet, delivery, `${name} for nobody`);
    return;
  }
  if (code !== 'ok') fleet.ledger.violations.push(`${jobId} could not be acknowledged: ${code}`);
  fleet.acknowledgedAt.set(jobId, performance.now());
  if (chance.oneIn(30)) {
    note(fleet, 'vanished after the acknowledgement');
    fleet.ledger.deserted.add(jobId);
    return;
  }
  const isSuccess = !chance.oneIn(20);
  if (chance.oneIn(15)) {
    note(fleet, 'two workers reported at once');
    await Promise.all([report(fleet, delivery, name, isSuccess), report(fleet, delivery, `${name} twin`, !isSuccess)]);
    return;
  }
  await report(fleet, delivery, name, isSuccess);
  if (!chance.oneIn(10)) return;
  note(fleet, 'the result was sent twice');
  await report(fleet, delivery, name, isSuccess);
}

/** Reports a result and records the response: the same result may be accepted again, another one never. */
export async function report(
  { url, ledger }: Pick<Fleet, 'url' | 'ledger'>,
  { id: jobId }: Delivery,
  by: string,
  isSuccess = true,
): Promise<void> {
  const marker = `${by} on ${jobId}`;
  const { code } = isSuccess
    ? await call(url, 'PutJobSuccessResult', { jobId, executionDetails: { externalExecutionId: marker } })
    : await call(url, 'PutJobFailureResult', {
        jobId,
        failureDetails: { type: 'JobFailed', message: 'no', externalExecutionId: marker },
      });
  const first = ledger.accepted.get(jobId);
  if (code === 'ok' && !first) ledger.accepted.set(jobId, { marker, isSuccess });
  else if (code === 'ok' && first?.marker !== marker) ledger.violations.push(`${jobId} took two results`);
  else if (code !== 'ok' && code !== 'InvalidJobStateException') ledger.violations.push(`${jobId}: ${code}`);
  else if (code !== 'ok' && first?.marker === marker) ledger.violations.push(`${jobId} refused its own result`);
}

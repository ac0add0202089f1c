import type { Change } from '../../model/change.ts';
import type { Job } from '../../model/job.ts';
import { keyName } from '../../model/queue-key.ts';
import type { HeldPolls, ReservedPoll } from './held-polls.ts';
import type { JobRecord, QueuedJob } from './job-record.ts';

/** A poll that a job is offered to by the statement that inserts it. */
export interface Offer extends Pick<ReservedPoll, 'at' | 'leaseUntil' | 'origin'> {
  /** Notes the response to the statement: whether it has delivered the job to the poll. */
  noteResponse(isDelivered: Promise<boolean>): void;
}

/**
 * The jobs that one run of a transaction offers to held polls. The run may be rolled back after it has ended, so the polls
 * get their jobs from `settle`, after the commit.
 */
export interface HandOff {
  /** Reserves a held poll for a job; undefined if the job has to wait for a claim. */
  offer(job: Job, of: QueuedJob): Offer | undefined;
  /** Gives the polls what the run has delivered to them and hasn't ended itself. Returns it, and what to notify of. */
  settle(facts: { change: Change }[]): Promise<{ delivered: JobRecord[]; announced: Job[] }>;
  /** Gives the polls nothing, because the run was rolled back. */
  cancel(): void;
}

interface Reservation {
  poll: ReservedPoll;
  offered: { record: JobRecord; isDelivered: Promise<boolean> }[];
}

export function createHandOff(heldPolls: HeldPolls): HandOff {
  const reservations: Reservation[] = [];
  const latest = new Map<string, Reservation>();
  const reserve = (name: string): Reservation | undefined => {
    const known = latest.get(name);
    if (known && known.offered.length < known.poll.limit) return known;
    const poll = heldPolls.reserve(name);
    if (!poll) return undefined;
    const reservation = { poll, offered: [] };
    reservations.push(reservation);
    latest.set(name, reservation);
    return reservation;
  };
  return {
    offer(job, of) {
      // A continuation waits for its delay.
      if (job.offerAt !== job.createdAt) return undefined;
      const reservation = reserve(keyName(job.queue, job.queryValue));
      if (!reservation) return undefined;
      const { poll, offered } = reservation;
      const delivered: Job = { ...job, status: 'Dispatched', deliveries: 1, offerAt: poll.leaseUntil };
      const offer = { record: { ...of, job: delivered }, isDelivered: Promise.resolve(false) };
      offered.push(offer);
      return {
        ...poll,
        noteResponse(isDelivered) {
          // The transaction reports the failure.
          isDelivered.catch(() => undefined);
          offer.isDelivered = isDelivered;
        },
      };
    },
    async settle(facts) {
      const ended = new Set(facts.map(({ change }) => (change.kind === 'jobEnded' ? change.jobId : undefined)));
      const all = { delivered: [] as JobRecord[], announced: [] as Job[] };
      for (const { poll, offered } of reservations.splice(0)) {
        const delivered: JobRecord[] = [];
        for (const { record, isDelivered } of offered) {
          const isHandedOff = await isDelivered;
          if (!isHandedOff || poll.isAnnounced) all.announced.push(record.job);
          if (isHandedOff && !ended.has(record.job.id)) delivered.push(record);
        }
        poll.settle(delivered);
        all.delivered.push(...delivered);
      }
      return all;
    },
    cancel() {
      for (const { poll } of reservations.splice(0)) poll.settle([]);
    },
  };
}

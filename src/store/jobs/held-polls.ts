import type { Origin } from '../../model/job-event.ts';
import type { JobRecord } from './job-record.ts';

/** The polls that are held on this node, which get jobs from the commit that queues them. */
export interface HeldPolls {
  /**
   * Reserves the poll that has waited longest for jobs with this key (`keyName`). Returns undefined if there is none, or
   * if older jobs may be waiting: then the job has to be claimed.
   */
  reserve(name: string): ReservedPoll | undefined;
}

/** A poll that gets nothing else until a transaction has ended. */
export interface ReservedPoll {
  /** The most jobs it may get. */
  readonly limit: number;
  /** When it was reserved, which is when its jobs are delivered. */
  readonly at: number;
  /** When a job that it gets is offered again, unless it is acknowledged. */
  readonly leaseUntil: number;
  readonly origin?: Origin;
  /** Its jobs are notified of all the same, because what nodes know about their queues may outlast the lease. */
  readonly isAnnounced: boolean;
  /** Ends the reservation with the jobs that the transaction has delivered to the poll: none if it was rolled back. */
  settle(records: JobRecord[]): void;
}

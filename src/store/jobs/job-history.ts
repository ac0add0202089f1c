import type { Job } from '../../model/job.ts';
import type { JobEvent, Origin } from '../../model/job-event.ts';
import type { Scope } from '../../model/pipeline.ts';

/** A job as lists show it: without its result and its continuation token, and with the place of its action. */
export interface ListedJob extends Omit<Job, 'result' | 'continuationToken'> {
  /** Its place in the queue: larger is newer. */
  sequence: number;
  isContinuation: boolean;
  pipelineName: string;
  executionId: string;
  stageName: string;
  actionName: string;
}

/** An event with its place in the story of its job. */
export interface ListedJobEvent extends JobEvent {
  sequence: number;
}

/** What a job list looks through: those that wait or run, or all; of one execution, or of all. */
export interface JobSearch {
  isOpen: boolean;
  executionId?: string;
  /** Jobs at or before this place are left out. */
  after: number;
  limit: number;
}

/** What has become of jobs; read for people, and written by the way by what changes the jobs. */
export interface JobHistoryRows {
  /** Oldest first. At most `limit` jobs are looked at, up to the place `lookedTo`; those of other scopes are left out. */
  list(scope: Scope, search: JobSearch): Promise<{ jobs: ListedJob[]; looked: number; lookedTo: number }>;
  /** The jobs before and after this one in the chain of continuations of its action. */
  chain(jobId: string): Promise<{ previousJobId?: string; nextJobId?: string }>;
  /** Oldest first, after the place `after`, at most `limit`. */
  events(jobId: string, page: { after: number; limit: number }): Promise<ListedJobEvent[]>;
  /** Records that credentials were minted for a job besides those of its deliveries. */
  recordCredentials(jobId: string, origin: Origin): Promise<void>;
}

/** Where a log ends; `isCut` once it has become too long and takes no more. */
export interface LogEnd {
  nextOffset: number;
  isCut: boolean;
}

/** A text for a log. */
export interface LogWrite {
  /** Where the log ends as the writer knows it. */
  offset?: number;
  text: string;
  limitBytes: number;
  /**
   * Decides, in the transaction that appends, what of the text becomes readable, given what an earlier call kept back.
   * Without it all of the text does.
   */
  holdBack?: (text: string, held: string | undefined) => HeldWrite;
}

/** What becomes readable, and what is kept back for the next call: opaque here, and how many bytes it stands for. */
export interface HeldWrite {
  text: string;
  held?: string;
  heldBytes: number;
}

/** What workers tell while they work. Offsets count bytes of UTF-8. */
export interface JobLogRows {
  /**
   * Appends to the log of a job in progress, up to `limitBytes` in all, then a last line that says so. An `offset` that is not the
   * end of the log changes nothing: the text has been appended by an earlier call. `undefined` when the job is not in
   * progress. The answered end counts what is kept back, and grows with every text.
   */
  append(jobId: string, write: LogWrite): Promise<LogEnd | undefined>;
  /** The text from `offset` on, about a megabyte at most, where it ends, and at the end of the log what was kept back. */
  read(jobId: string, offset: number): Promise<{ text: string; held?: string } & LogEnd>;
}

/** The name under which `wakes` tells that the log of a job has grown or is complete. */
export function logWake(jobId: string): string {
  return `log of ${jobId}`;
}

import type { CallEnd } from '../model/call-end.ts';
import type { Origin } from '../model/job-event.ts';
import type { Scope } from '../model/pipeline.ts';

/** Who calls, for which account and region, and how long a poll may be held. */
export interface Call extends Scope {
  callerArn: string;
  origin: Origin;
  /** How long PollForJobs may wait for a job before it returns an empty list; 0 returns at once, as AWS does. */
  waitMs: number;
  /** Aborts when the client disconnects. */
  signal: CallEnd;
}

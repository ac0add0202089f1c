/** Who made a call: what the story of a job keeps of it. */
export interface Origin {
  callerArn: string;
  accessKeyId: string;
  /** As the caller got it in `x-amzn-RequestId`, and as the log has it. */
  requestId: string;
}

/**
 * What can happen to a job after it was queued. A delivery comes with credentials; `CredentialsMinted` are further ones,
 * from GetJobDetails. A job that is `Continued` ended with a continuation token, and the next job of its action goes on.
 */
export const jobEventKinds = [
  'Delivered',
  'Acknowledged',
  'CredentialsMinted',
  'Continued',
  'Succeeded',
  'Failed',
  'TimedOut',
  'Abandoned',
] as const;
/** One of `jobEventKinds`. */
export type JobEventKind = (typeof jobEventKinds)[number];

/** One event of a job; instants in ms. */
export interface JobEvent {
  kind: JobEventKind;
  at: number;
  /** Undefined for what the server did by itself: time-outs, and all that its own providers do. */
  origin?: Origin;
  /** Of a delivery and of an acknowledgement. */
  nonce?: string;
  /** Of a delivery: when the job is offered again unless somebody acknowledges it. */
  leaseUntil?: number;
}

/** The caller and request that a job event records. */
export interface Origin {
  callerArn: string;
  accessKeyId: string;
  /** The id in `x-amzn-RequestId` and in the log. */
  requestId: string;
}

/**
 * What can happen to a queued job. A delivery includes credentials; `CredentialsMinted` are further ones from
 * GetJobDetails. A `Continued` job ended with a continuation token, and its action has another job.
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
  /** Undefined for what the server did itself: time-outs and the work of its own providers. */
  origin?: Origin;
  /** For deliveries and acknowledgements. */
  nonce?: string;
  /** For deliveries: when the job is offered again unless it is acknowledged. */
  leaseUntil?: number;
}

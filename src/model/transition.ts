/** The way into a stage as somebody set it last; the instant in ms. A stage that has none is open. */
export interface Transition {
  enabled: boolean;
  /** Why it is closed; gone once it is open again. */
  disabledReason?: string;
  /** ARN of the caller. */
  changedBy: string;
  changedAt: number;
}

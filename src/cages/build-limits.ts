/** What a build may use at most; what is left out is not limited. */
export interface BuildLimits {
  memoryBytes?: number;
  /** How much of how many processors, as in 1.5. */
  processors?: number;
  /** Processes and threads. */
  processes?: number;
  /** All files of the build together, and each of them. */
  diskBytes?: number;
  /** What commands print into the log; of more only the end is kept. */
  outputBytes?: number;
}

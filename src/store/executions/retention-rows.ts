/** What has become too old to be kept, and how it goes; instants in ms. */
export interface RetentionRows {
  /** Executions that ended before `endedBefore`, by their end, after `after`, at most `limit`. */
  ended(page: { endedBefore: number; after?: EndedExecution; limit: number }): Promise<EndedExecution[]>;
  /**
   * Removes an execution with everything that hangs on it and records its output artifacts for removal, in one
   * transaction. `kept` when it has not ended before `endedBefore` or something still needs it; `unfinished` when it
   * has more jobs than go at once: ask again.
   */
  prune(executionId: string, endedBefore: number): Promise<'pruned' | 'kept' | 'unfinished'>;
  /**
   * Removes pipelines that were deleted before `deletedBefore` and have no executions left, some of their rows at a
   * time; true when there is more to remove.
   */
  prunePipelines(deletedBefore: number): Promise<boolean>;
  /** Recorded artifacts, oldest record first, after the record `after`, at most `limit`. */
  removals(page: { after: number; limit: number }): Promise<ArtifactRemoval[]>;
  /** Forgets a record whose objects are gone. */
  forgetRemoval(sequence: number): Promise<void>;
}

/** An execution with its place in the order of ends. */
export interface EndedExecution {
  id: string;
  endedAt: number;
  sequence: number;
}

/** The object of an artifact that nothing refers to any more, and when the action that wrote it started and ended. */
export interface ArtifactRemoval {
  /** Of the record. */
  sequence: number;
  account: string;
  bucket: string;
  key: string;
  startedAt: number;
  endedAt: number;
}

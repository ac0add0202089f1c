import type { Pipeline } from '../../model/pipeline.ts';
import type { SourceWatch } from '../../model/source-watch.ts';

/** A watch that is due, and whose it is. */
export interface DueWatch extends SourceWatch {
  pipeline: Pipeline;
  /** What the last look found; absent before the first. */
  seen?: string;
  /** Why the last look found nothing. */
  failure?: string;
}

/** Where a watch is: one whose place has changed meanwhile is another watch. */
export type WatchKey = Pick<SourceWatch, 'actionName' | 'location'> & { pipelineId: string };

/** The source actions that look for changes by themselves. Their rows follow the declarations of their pipelines. */
export interface SourceWatchRows {
  /**
   * Takes watches that are due, longest overdue first, and makes each due again at `nextAt`: of several nodes one gets
   * each. A watch due later than `nextAt` counts as due, because the clock was set back.
   */
  claim(request: { at: number; nextAt: number; limit: number }): Promise<DueWatch[]>;
  /** When the next watch is due; undefined when there is none. */
  nextDue(): Promise<number | undefined>;
  /** Keeps why a look found nothing, undefined after one that did; false when that was known already. */
  noteFailure(watch: WatchKey, failure: string | undefined): Promise<boolean>;
  /**
   * Adds the watches of pipelines that an earlier version stored without any, some at a time by pipeline id; the last
   * id looked at, or undefined at the end.
   */
  addMissing(page: { afterId: string; at: number; limit: number }): Promise<string | undefined>;
}

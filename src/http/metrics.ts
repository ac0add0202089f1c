import { systemFailureOf } from '../contract/system-failure.ts';
import { CallFigures } from './call-metrics.ts';
import type { CallRecord } from './call-record.ts';
import type { Gauges } from './gauges.ts';
import type { JobFigures } from './job-gauges.ts';
import type { OutcomeFigures } from './outcome-figures.ts';

/** What is looked up when the metrics are read. */
export interface MetricSources {
  readWaiting(at: number): Promise<JobFigures['waiting']>;
  readPolled(): JobFigures['polled'];
  /** How executions and actions ended. */
  outcomes: OutcomeFigures;
  countConnections(): number;
  /** Lines of the log that were lost since the start. */
  countDroppedLogLines(): number;
  now(): number;
}

/** The figures of one server. */
export interface Metrics {
  countCall(record: CallRecord, seconds: number): void;
  countRefusedConnection(): void;
  /** A poll is being held from now on; `release` it when it is answered or its client has gone. */
  holdPoll(): { release(): void };
  /** Everything in the text format of Prometheus. Rejects when a source does. */
  read(): Promise<{ contentType: string; text: string }>;
}

/** Without the database there are no figures of jobs; those that say so are wanted most then. */
async function readOrNone<T>(read: () => Promise<T[]>): Promise<T[]> {
  try {
    return await read();
  } catch (error) {
    if (!systemFailureOf(error)) throw error;
    return [];
  }
}

/**
 * Counts in memory, on this node alone; what is shared with other nodes is read from the sources when asked for. The
 * library that writes the metrics takes 12 MB, so it is loaded when somebody reads them for the first time.
 */
export function createMetrics(sources: MetricSources): Metrics {
  const calls = new CallFigures();
  const counts = { refusedConnections: 0, heldPolls: 0 };
  let gauges: Promise<Gauges> | undefined;
  return {
    countCall: (record, seconds) => calls.count(record, seconds),
    countRefusedConnection() {
      counts.refusedConnections += 1;
    },
    holdPoll() {
      counts.heldPolls += 1;
      return {
        release() {
          counts.heldPolls -= 1;
        },
      };
    },
    async read() {
      gauges ??= import('./gauges.ts').then(({ createGauges }) => createGauges());
      const at = sources.now();
      const jobs = { at, waiting: await readOrNone(() => sources.readWaiting(at)), polled: sources.readPolled() };
      const { contentType, text } = await (await gauges)({
        ...counts,
        connections: sources.countConnections(),
        droppedLogLines: sources.countDroppedLogLines(),
        jobs,
      });
      return { contentType, text: `${calls.text()}\n${sources.outcomes.text()}\n${text}` };
    },
  };
}

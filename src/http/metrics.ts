import { systemFailureOf } from '../contract/system-failure.ts';
import type { BuildFigures } from './build-gauges.ts';
import { CallMetrics } from './call-metrics.ts';
import type { CallRecord } from './call-record.ts';
import type { DeliveryFigures } from './delivery-gauges.ts';
import type { WriteMetrics } from './gauges.ts';
import type { JobFigures } from './job-gauges.ts';
import type { OutcomeMetrics } from './outcome-metrics.ts';

/** What is read when the metrics are. */
export interface MetricSources {
  readWaiting(at: number): Promise<JobFigures['waiting']>;
  readPolled(): JobFigures['polled'];
  /** Deliveries of events that did not arrive. */
  readDeliveries(): Promise<Omit<DeliveryFigures, 'at'>>;
  readBuilds(at: number): Promise<Omit<BuildFigures, 'at'>>;
  /** How executions and actions ended. */
  outcomes: OutcomeMetrics;
  countConnections(): number;
  /** Lines of the log that were lost since the start. */
  countDroppedLogLines(): number;
  now(): number;
}

/** The metrics of one server. */
export interface Metrics {
  countCall(record: CallRecord, seconds: number): void;
  countRefusedConnection(): void;
  /** Counts a poll that is held from now on, or not any more. */
  countHeldPoll(change: 1 | -1): void;
  /** Returns all metrics in the text format of Prometheus. Rejects if a source does. */
  read(): Promise<{ contentType: string; text: string }>;
}

/** Without the database there are no metrics of jobs; those that show its failure matter most then. */
async function readOr<T>(none: T, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!systemFailureOf(error)) throw error;
    return none;
  }
}

/**
 * Counts in memory, on this node only; what nodes share is read from the sources. prom-client takes 12 MB, so it is
 * loaded when the metrics are first read.
 */
export function createMetrics(sources: MetricSources): Metrics {
  const calls = new CallMetrics();
  const counts = { refusedConnections: 0, heldPolls: 0 };
  let writer: Promise<WriteMetrics> | undefined;
  return {
    countCall: (record, seconds) => calls.count(record, seconds),
    countRefusedConnection() {
      counts.refusedConnections += 1;
    },
    countHeldPoll(change) {
      counts.heldPolls += change;
    },
    async read() {
      writer ??= import('./gauges.ts').then(({ createGauges }) => createGauges());
      const at = sources.now();
      const jobs = { at, waiting: await readOr([], () => sources.readWaiting(at)), polled: sources.readPolled() };
      const deliveries = await readOr(undefined, () => sources.readDeliveries());
      const builds = await readOr(undefined, () => sources.readBuilds(at));
      const values = {
        ...counts,
        connections: sources.countConnections(),
        droppedLogLines: sources.countDroppedLogLines(),
        jobs,
        deliveries: deliveries && { at, ...deliveries },
        builds: builds && { at, ...builds },
      };
      const write = await writer;
      return write(values, [...calls.families(), ...sources.outcomes.families()]);
    },
  };
}

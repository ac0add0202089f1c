import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { CallFigures } from './call-figures.ts';
import type { CallRecord } from './call-record.ts';
import { createJobGauges, type JobFigures } from './job-gauges.ts';

/** What is looked up when the metrics are read. */
export interface MetricSources {
  readWaiting(at: number): Promise<JobFigures['waiting']>;
  readPolled(): JobFigures['polled'];
  countConnections(): number;
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

/** Counts in memory, on this node alone; what is shared with other nodes is read from the sources when asked for. */
export function createMetrics(sources: MetricSources): Metrics {
  const register = new Registry();
  const registers = [register];
  const calls = new CallFigures();
  const refusedConnections = new Counter({
    name: 'millrace_connections_refused_total',
    help: 'Connections closed at once because as many as allowed were open.',
    registers,
  });
  const heldPolls = new Gauge({ name: 'millrace_held_polls', help: 'Polls that wait for a job now.', registers });
  const readSources = collectOnRead(registers, sources);
  return {
    countCall: (record, seconds) => calls.count(record, seconds),
    countRefusedConnection: () => refusedConnections.inc(),
    holdPoll() {
      heldPolls.inc();
      return { release: () => heldPolls.dec() };
    },
    async read() {
      await readSources();
      const texts = await Promise.all([register.metrics(), processRegister().metrics()]);
      return { contentType: register.contentType, text: [calls.text(), ...texts].join('\n') };
    },
  };
}

function collectOnRead(registers: Registry[], sources: MetricSources): () => Promise<void> {
  const showJobs = createJobGauges(registers);
  const connections = new Gauge({ name: 'millrace_connections', help: 'Open connections.', registers });
  return async () => {
    const at = sources.now();
    showJobs({ at, waiting: await sources.readWaiting(at), polled: sources.readPolled() });
    connections.set(sources.countConnections());
  };
}

let ofProcess: Registry | undefined;

/** CPU, memory, event loop and garbage collection belong to the process, however many servers run in it. */
function processRegister(): Registry {
  if (ofProcess) return ofProcess;
  ofProcess = new Registry();
  collectDefaultMetrics({ register: ofProcess, eventLoopMonitoringPrecision: 50 });
  return ofProcess;
}

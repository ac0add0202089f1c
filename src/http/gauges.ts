import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { createJobGauges, type JobFigures } from './job-gauges.ts';

/** What the gauges show. */
interface Shown {
  /** Since the start. */
  refusedConnections: number;
  /** Since the start. */
  droppedLogLines: number;
  heldPolls: number;
  connections: number;
  jobs: JobFigures;
}

/** Sets the gauges and writes them in the text format of Prometheus, with those of the process. */
export type Gauges = (shown: Shown) => Promise<{ contentType: string; text: string }>;

/** The gauges of one server. */
export function createGauges(): Gauges {
  const register = new Registry();
  const registers = [register];
  const refused = new Counter({
    name: 'millrace_connections_refused_total',
    help: 'Connections closed at once because as many as allowed were open.',
    registers,
  });
  const droppedLines = new Counter({
    name: 'millrace_log_lines_dropped_total',
    help: 'Lines of the log that were lost because the log could not be written.',
    registers,
  });
  const heldPolls = new Gauge({ name: 'millrace_held_polls', help: 'Polls that wait for a job now.', registers });
  const showJobs = createJobGauges(registers);
  const connections = new Gauge({ name: 'millrace_connections', help: 'Open connections.', registers });
  let refusedBefore = 0;
  let droppedBefore = 0;
  return async (shown) => {
    refused.inc(shown.refusedConnections - refusedBefore);
    refusedBefore = shown.refusedConnections;
    droppedLines.inc(shown.droppedLogLines - droppedBefore);
    droppedBefore = shown.droppedLogLines;
    heldPolls.set(shown.heldPolls);
    connections.set(shown.connections);
    showJobs(shown.jobs);
    const texts = await Promise.all([register.metrics(), processRegister().metrics()]);
    return { contentType: register.contentType, text: texts.join('\n') };
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

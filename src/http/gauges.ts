import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from 'prom-client';
import { type BuildFigures, createBuildGauges } from './build-gauges.ts';
import type { MetricFamily } from './call-metrics.ts';
import { createDeliveryGauges, type DeliveryFigures } from './delivery-gauges.ts';
import { createJobGauges, type JobFigures } from './job-gauges.ts';

/** What the gauges show. */
interface GaugeValues {
  /** Since the start. */
  refusedConnections: number;
  /** Since the start. */
  droppedLogLines: number;
  heldPolls: number;
  connections: number;
  jobs: JobFigures;
  /** Undefined if the database is away. */
  deliveries?: DeliveryFigures;
  /** Undefined if the database is away. */
  builds?: BuildFigures;
}

/** Writes gauges and what was counted in the text format of Prometheus, with the metrics of the process. */
export type WriteMetrics = (
  values: GaugeValues,
  counted: MetricFamily[],
) => Promise<{ contentType: string; text: string }>;

/** Creates the gauges of one server. */
export function createGauges(): WriteMetrics {
  const register = new Registry();
  const registers = [register];
  const refused = new Counter({
    name: 'millrace_connections_refused_total',
    help: 'Connections closed immediately because a limit of open connections was reached.',
    registers,
  });
  const droppedLines = new Counter({
    name: 'millrace_log_lines_dropped_total',
    help: 'Lines of the log that were lost because the log could not be written.',
    registers,
  });
  const heldPolls = new Gauge({
    name: 'millrace_held_polls',
    help: 'Polls that are waiting for a job now.',
    registers,
  });
  const showJobs = createJobGauges(registers);
  const showDeliveries = createDeliveryGauges(registers);
  const showBuilds = createBuildGauges(registers);
  const connections = new Gauge({ name: 'millrace_connections', help: 'Open connections.', registers });
  return async (values, counted) => {
    for (const counter of [refused, droppedLines]) counter.reset();
    refused.inc(values.refusedConnections);
    droppedLines.inc(values.droppedLogLines);
    heldPolls.set(values.heldPolls);
    connections.set(values.connections);
    showJobs(values.jobs);
    showDeliveries(values.deliveries);
    showBuilds(values.builds);
    const texts = await Promise.all([writeFamilies(counted), register.metrics(), processRegister().metrics()]);
    return { contentType: register.contentType, text: texts.join('\n') };
  };
}

function writeFamilies(families: MetricFamily[]): Promise<string> {
  const register = new Registry();
  // All that a registry calls of a metric. The type demands the methods that count, too.
  for (const family of families) register.registerMetric({ ...family, get: async () => family } as unknown as Metric);
  return register.metrics();
}

let ofProcess: Registry | undefined;

/** Returns CPU, memory, event loop and garbage collection, which belong to the process even if it has several servers. */
function processRegister(): Registry {
  if (ofProcess) return ofProcess;
  ofProcess = new Registry();
  collectDefaultMetrics({ register: ofProcess, eventLoopMonitoringPrecision: 50 });
  return ofProcess;
}

import { Gauge, type Registry } from 'prom-client';

/** Open builds; instants in ms. */
export interface BuildFigures {
  at: number;
  /** Offered, and no runner has them. */
  waiting: number;
  running: number;
  /** When the oldest waiting one was created. */
  oldestAt?: number;
}

/** Creates the gauges of builds; the returned function sets them, or none without figures. */
export function createBuildGauges(registers: Registry[]): (figures: BuildFigures | undefined) => void {
  // With a label, a gauge without a value has no line.
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: ['status'], registers });
  const builds = gauge('millrace_builds', 'Open builds: waiting for a runner, or running.');
  const oldest = gauge('millrace_oldest_build_age_seconds', 'Time since the oldest waiting build was created.');
  return (figures) => {
    for (const one of [builds, oldest]) one.reset();
    if (!figures) return;
    const { at, waiting, running, oldestAt } = figures;
    builds.set({ status: 'waiting' }, waiting);
    builds.set({ status: 'running' }, running);
    oldest.set({ status: 'waiting' }, oldestAt === undefined ? 0 : Math.max(0, at - oldestAt) / 1000);
  };
}

import { Gauge, type Registry } from 'prom-client';

/** Deliveries of events that did not arrive; instants in ms. */
export interface DeliveryFigures {
  at: number;
  pending: number;
  dead: number;
  /** When the oldest pending one was created. */
  oldestAt?: number;
}

/** Creates the gauges of deliveries; the returned function sets them, or none without figures. */
export function createDeliveryGauges(registers: Registry[]): (figures: DeliveryFigures | undefined) => void {
  // With a label, a gauge without a value has no line.
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: ['status'], registers });
  const deliveries = gauge(
    'millrace_event_deliveries',
    'Deliveries of events that did not arrive: pending, or dead because they were given up.',
  );
  const oldest = gauge(
    'millrace_oldest_event_delivery_age_seconds',
    'Time since the oldest pending delivery was created.',
  );
  return (figures) => {
    for (const one of [deliveries, oldest]) one.reset();
    if (!figures) return;
    const { at, pending, dead, oldestAt } = figures;
    deliveries.set({ status: 'pending' }, pending);
    deliveries.set({ status: 'dead' }, dead);
    oldest.set({ status: 'pending' }, oldestAt === undefined ? 0 : Math.max(0, at - oldestAt) / 1000);
  };
}

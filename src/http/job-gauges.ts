import { Gauge, type Registry } from 'prom-client';
import type { WaitingQueue } from '../queue/waiting-jobs.ts';

/** The label of all smaller groups of a queue; no query value has such characters. */
const otherValues = '(others)';

/** Waiting jobs and the polls of their workers; instants in ms. */
export interface JobFigures {
  at: number;
  waiting: WaitingQueue[];
  /** When workers last polled which queue. */
  polled: { queue: string; at: number }[];
}

/** Creates the gauges of waiting jobs; the returned function sets them. */
export function createJobGauges(registers: Registry[]): (figures: JobFigures) => void {
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name, help, labelNames, registers });
  const waiting = gauge(
    'millrace_jobs_waiting',
    'Jobs that could be claimed now, by the queue of their action type; a queue without jobs is absent.',
    'queue',
  );
  const oldest = gauge(
    'millrace_oldest_job_age_seconds',
    'Time since the oldest job that could be claimed now was created, by the queue of its action type.',
    'queue',
  );
  const byQuery = gauge(
    'millrace_jobs_waiting_by_query',
    `The same by query value: the largest groups of each queue, and all others together as ${otherValues}.`,
    'queue',
    'query',
  );
  const oldestByQuery = gauge(
    'millrace_oldest_job_age_by_query_seconds',
    'Time since the oldest job of a query value that could be claimed now was created; the largest groups of each queue.',
    'queue',
    'query',
  );
  const unpolled = gauge(
    'millrace_jobs_waiting_unpolled',
    'Jobs that could be claimed now and for whose query value no worker has polled this server in the last minutes.',
    'queue',
  );
  const lastPoll = gauge(
    'millrace_last_poll_age_seconds',
    'Time since a worker last polled this server for jobs of a queue; absent once that was some minutes ago.',
    'queue',
  );
  const all = [waiting, oldest, byQuery, oldestByQuery, unpolled, lastPoll];
  return ({ at, waiting: queues, polled }) => {
    const ageOf = (since: number) => Math.max(0, at - since) / 1000;
    for (const one of all) one.reset();
    for (const poll of polled) lastPoll.set({ queue: poll.queue }, ageOf(poll.at));
    for (const { queue, jobs, oldestAt, values, ...counts } of queues) {
      waiting.set({ queue }, jobs);
      oldest.set({ queue }, ageOf(oldestAt));
      unpolled.set({ queue }, counts.unpolled);
      for (const { queryValue: query, ...group } of values) {
        byQuery.set({ queue, query }, group.jobs);
        oldestByQuery.set({ queue, query }, ageOf(group.oldestAt));
      }
      if (counts.otherValues > 0) byQuery.set({ queue, query: otherValues }, counts.otherValues);
    }
  };
}

import type { CallRecord } from './call-record.ts';

/** From a cached read to a poll that is held for 20 s; a large upload may take longer. */
const bucketsSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60];

/** The calls of one operation: how they ended and how long they took. */
interface Figures {
  outcomes: Map<string, number>;
  /** How many fell into each bucket, and into none in the last place. */
  buckets: number[];
  sumSeconds: number;
  count: number;
}

/**
 * Counts and times calls. Everything else is left to prom-client, which makes a text of the labels for each figure of
 * each call: that took as long as verifying a signature. All names are from closed lists and need no escapes.
 */
export class CallFigures {
  readonly #services = new Map<string, Map<string, Figures>>();
  readonly #systemErrors = new Map<string, number>();

  count({ service, operation, outcome, systemError }: CallRecord, seconds: number): void {
    if (systemError !== undefined) {
      this.#systemErrors.set(systemError, (this.#systemErrors.get(systemError) ?? 0) + 1);
    }
    const figures = this.#figuresOf(service, operation);
    figures.outcomes.set(outcome, (figures.outcomes.get(outcome) ?? 0) + 1);
    let bucket = 0;
    while (seconds > (bucketsSeconds[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1;
    figures.buckets[bucket] = (figures.buckets[bucket] ?? 0) + 1;
    figures.sumSeconds += seconds;
    figures.count += 1;
  }

  /** In the text format of Prometheus. */
  text(): string {
    const calls: string[] = [];
    const durations: string[] = [];
    for (const [service, operations] of this.#services) {
      for (const [operation, figures] of operations) {
        const labels = `service="${service}",operation="${operation}"`;
        for (const [outcome, count] of figures.outcomes) {
          calls.push(`millrace_calls_total{${labels},outcome="${outcome}"} ${count}`);
        }
        durations.push(...durationLines(labels, figures));
      }
    }
    return [
      '# HELP millrace_calls_total Answered calls by service, operation and outcome (ok or the error code).',
      '# TYPE millrace_calls_total counter',
      ...calls,
      '',
      '# HELP millrace_call_duration_seconds Time from the headers of a call to the end of its answer, including the time a poll was held.',
      '# TYPE millrace_call_duration_seconds histogram',
      ...durations,
      '',
      '# HELP millrace_system_errors_total Calls refused because the disk, the database or a limit of the process failed, by its code.',
      '# TYPE millrace_system_errors_total counter',
      ...[...this.#systemErrors].map(([code, count]) => `millrace_system_errors_total{code="${code}"} ${count}`),
      '',
    ].join('\n');
  }

  #figuresOf(service: string, operation: string): Figures {
    let operations = this.#services.get(service);
    if (operations === undefined) {
      operations = new Map();
      this.#services.set(service, operations);
    }
    let figures = operations.get(operation);
    if (figures === undefined) {
      figures = { outcomes: new Map(), buckets: Array(bucketsSeconds.length + 1).fill(0), sumSeconds: 0, count: 0 };
      operations.set(operation, figures);
    }
    return figures;
  }
}

/** The buckets of the format hold each other: a call of 3 ms is among those of at most 5 ms, of at most 10 ms, and so on. */
function durationLines(labels: string, { buckets, sumSeconds, count }: Figures): string[] {
  let held = 0;
  const lines = bucketsSeconds.map((bound, index) => {
    held += buckets[index] ?? 0;
    return `millrace_call_duration_seconds_bucket{le="${bound}",${labels}} ${held}`;
  });
  return [
    ...lines,
    `millrace_call_duration_seconds_bucket{le="+Inf",${labels}} ${count}`,
    `millrace_call_duration_seconds_sum{${labels}} ${sumSeconds}`,
    `millrace_call_duration_seconds_count{${labels}} ${count}`,
  ];
}

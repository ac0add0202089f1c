import { actionTypeKey } from '../model/action-type.ts';
import type { Change } from '../model/change.ts';
import type { MetricFamily, MetricValue } from './call-metrics.ts';

/** Counts how executions and actions ended on this node. Pipelines are no labels: there may be thousands. */
export class OutcomeMetrics {
  readonly #executions = new Map<string, MetricValue>();
  readonly #actions = new Map<string, MetricValue>();

  /** Counts a committed change, if it ended something. */
  count(change: Change): void {
    if (change.kind === 'executionEnded') increment(this.#executions, { status: change.status });
    else if (change.kind === 'executionSuperseded') increment(this.#executions, { status: 'Superseded' });
    else if (change.kind === 'actionSucceeded' || change.kind === 'actionFailed' || change.kind === 'actionAbandoned') {
      const { status, start } = change.action;
      increment(this.#actions, { action_type: actionTypeKey(start.actionTypeId), status });
    }
  }

  families(): MetricFamily[] {
    return [
      {
        name: 'millrace_executions_total',
        help: 'Pipeline executions that ended, by status.',
        type: 'counter',
        values: [...this.#executions.values()],
      },
      {
        name: 'millrace_actions_total',
        help: 'Actions and rules that ended, by action type and status.',
        type: 'counter',
        values: [...this.#actions.values()],
      },
    ];
  }
}

function increment(counts: Map<string, MetricValue>, labels: Record<string, string>): void {
  const key = Object.values(labels).join(' ');
  const known = counts.get(key);
  if (known) known.value += 1;
  else counts.set(key, { labels, value: 1 });
}

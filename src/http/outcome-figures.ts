import { actionTypeKey } from '../model/action-type.ts';
import type { Change } from '../model/change.ts';

/** Counts how executions and actions ended on this node. Names of pipelines are no labels: there may be thousands. */
export class OutcomeFigures {
  readonly #executions = new Map<string, number>();
  readonly #actions = new Map<string, number>();

  /** Counts a committed change, if it ended something. */
  count(change: Change): void {
    if (change.kind === 'executionEnded') increment(this.#executions, `status="${change.status}"`);
    else if (change.kind === 'executionSuperseded') increment(this.#executions, 'status="Superseded"');
    else if (change.kind === 'actionSucceeded' || change.kind === 'actionFailed' || change.kind === 'actionAbandoned') {
      const { status, start } = change.action;
      increment(this.#actions, `action_type="${actionTypeKey(start.actionTypeId)}",status="${status}"`);
    }
  }

  /** In the text format of Prometheus. */
  text(): string {
    return [
      '# HELP millrace_executions_total Pipeline executions that ended, by status.',
      '# TYPE millrace_executions_total counter',
      ...[...this.#executions].map(([labels, count]) => `millrace_executions_total{${labels}} ${count}`),
      '',
      '# HELP millrace_actions_total Actions and rules that ended, by action type and status.',
      '# TYPE millrace_actions_total counter',
      ...[...this.#actions].map(([labels, count]) => `millrace_actions_total{${labels}} ${count}`),
      '',
    ].join('\n');
  }
}

function increment(counts: Map<string, number>, labels: string): void {
  counts.set(labels, (counts.get(labels) ?? 0) + 1);
}

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { jobEventKinds } from '../model/job-event.ts';
import {
  actionStatuses,
  buildStatuses,
  conditionStatuses,
  executionStatuses,
  jobStatuses,
  stageStatuses,
} from '../model/status.ts';

const schema = ['0001-pipelines', '0013-stage-conditions', '0035-builds']
  .map((name) => readFileSync(new URL(`./migrations/${name}.sql`, import.meta.url), 'utf8'))
  .join('\n');

/** Returns the statuses in a table's check constraint. */
function statusesInSchema(table: string): string[] {
  const [, body = ''] = new RegExp(`create table ${table} \\(([\\s\\S]*?)\\n\\);`).exec(schema) ?? [];
  const [, list = ''] = /status text not null(?: default '\w+')?\s+check \(\s*status in \(([^)]*)\)/.exec(body) ?? [];
  return [...list.matchAll(/'(\w+)'/g)].map(([, status = '']) => status).sort();
}

test.each([
  ['executions', executionStatuses],
  ['stage_executions', stageStatuses],
  ['action_executions', actionStatuses],
  ['condition_executions', conditionStatuses],
  ['jobs', jobStatuses],
  ['builds', buildStatuses],
])('rows of %s can have exactly the statuses of the model', (table, statuses) => {
  expect(statusesInSchema(table)).toEqual(Object.keys(statuses).sort());
});

test('rows of job_events can have exactly the kinds of the model', () => {
  const visibility = readFileSync(new URL('./migrations/0016-job-visibility.sql', import.meta.url), 'utf8');
  const [, list = ''] = /kind in \(([^)]*)\)/.exec(visibility) ?? [];
  expect([...list.matchAll(/'(\w+)'/g)].map(([, kind]) => kind)).toEqual([...jobEventKinds]);
});

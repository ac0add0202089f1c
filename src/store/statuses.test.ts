import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { actionStatuses, executionStatuses, jobStatuses, stageStatuses } from '../model/status.ts';

const schema = readFileSync(new URL('./migrations/0001-pipelines.sql', import.meta.url), 'utf8');

/** The statuses a table's check constraint lists. */
function statusesInSchema(table: string): string[] {
  const [, body = ''] = new RegExp(`create table ${table} \\(([\\s\\S]*?)\\n\\);`).exec(schema) ?? [];
  const [, list = ''] = /status text not null check \(\s*status in \(([^)]*)\)/.exec(body) ?? [];
  return [...list.matchAll(/'(\w+)'/g)].map(([, status = '']) => status).sort();
}

test.each([
  ['executions', executionStatuses],
  ['stage_executions', stageStatuses],
  ['action_executions', actionStatuses],
  ['jobs', jobStatuses],
])('the rows of %s may have exactly the statuses of the model', (table, statuses) => {
  expect(statusesInSchema(table)).toEqual(Object.keys(statuses).sort());
});

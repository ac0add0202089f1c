import { PutApprovalResultCommand } from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import type { Event } from '../../../src/model/event.ts';
import { pipelineName, waitForStatus } from '../../support/pipelines/scenario.ts';
import { beginApproval } from '../../support/pipelines/waiting-approval.ts';
import { callOwn, createKey } from '../../support/requests/own-api.ts';
import { account, type Keys, region } from '../../support/servers/server.ts';

interface Page {
  events: { cursor: string; event: string }[];
  cursor: string;
  hasMore: boolean;
}

const list = async (url: string, input: object = {}, keys?: Keys) => {
  const { answer } = await callOwn<Page>(url, 'ListEvents', input, keys);
  return { ...answer, events: answer.events.map(({ event }) => JSON.parse(event) as Event), cursors: answer.events };
};

const said = ({ detail, ...event }: Event) =>
  event.source === 'millrace'
    ? event['detail-type']
    : [detail.stage, detail.action, detail.state].filter((part) => part !== undefined).join(' ');

test('events tell the history of a pipeline in order, and reading goes on from any of them', async () => {
  const { server, client, executionId, token } = await beginApproval({ configuration: { CustomData: 'Ship it?' } });
  const { cursor } = await list(server.url, { cursor: 'latest' });
  const all = await list(server.url);
  expect(all.cursor).toBe(cursor);
  expect(all.events.every(({ resources, region: own }) => resources[0]?.endsWith(pipelineName) && own === region)).toBe(
    true,
  );
  expect(all.events.map(said).slice(-3)).toEqual(['Testing STARTED', 'Testing Ask STARTED', 'Manual Approval Needed']);
  expect(all.events.at(-1)).toMatchObject({
    source: 'millrace',
    account,
    detail: {
      'execution-id': executionId,
      approval: { pipelineName, stageName: 'Testing', actionName: 'Ask', token, customData: 'Ship it?' },
    },
  });

  const names = { pipelineName, stageName: 'Testing', actionName: 'Ask', token };
  await client.send(new PutApprovalResultCommand({ ...names, result: { status: 'Rejected', summary: 'not yet' } }));
  await waitForStatus(client, executionId, 'Failed');
  const rest = await list(server.url, { cursor });
  expect(rest.events.map(said)).toEqual(['Testing Ask FAILED', 'Testing FAILED', 'FAILED']);
  expect(rest.events[0]?.detail).toMatchObject({
    'execution-id': executionId,
    'execution-result': { 'external-execution-summary': 'not yet', 'error-code': 'JobFailed' },
  });
  const second = await list(server.url, { cursor: rest.cursors[0]?.cursor, maxResults: 1 });
  expect(second).toMatchObject({ events: [rest.events[1]], hasMore: true });
  expect(await list(server.url, { cursor: rest.cursor })).toMatchObject({ events: [], hasMore: false });
});

test('only events of the pipeline are listed, and only with permission', async () => {
  const { server } = await beginApproval({});
  expect((await list(server.url, { pipelineName })).events.length).toBeGreaterThan(3);
  expect(await list(server.url, { pipelineName: 'Other' })).toMatchObject({ events: [], hasMore: false });
  const keys = await createKey(server.url, 'reader', ['codepipeline:*']);
  expect((await callOwn(server.url, 'ListEvents', {}, keys)).answer).toMatchObject({ __type: 'AccessDeniedException' });
  for (const input of [{ cursor: 'nonsense' }, { cursor: '1.' }, { maxResults: 0 }, { maxResults: 1001 }]) {
    expect((await callOwn(server.url, 'ListEvents', input)).answer).toMatchObject({ __type: 'ValidationException' });
  }
});

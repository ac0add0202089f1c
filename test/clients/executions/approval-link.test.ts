import { join } from 'node:path';
import { type ActionDeclaration, StopPipelineExecutionCommand } from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import { approvalUrl } from '../../../src/approvals/approval-link.ts';
import { readMasterKeys } from '../../../src/identity/secrets/master-key.ts';
import { createSealer } from '../../../src/identity/secrets/sealer.ts';
import { pipelineName, waitForStatus } from '../../support/pipelines/scenario.ts';
import { askState, beginApproval } from '../../support/pipelines/waiting-approval.ts';
import { callOwn } from '../../support/requests/own-api.ts';
import { account, region } from '../../support/servers/server.ts';

const approver = `arn:aws:millrace:${region}:${account}:resource/EventTarget/chat`;

/** Starts a server whose pipeline waits for an approval, with the link that the event target `chat` would send. */
async function begin(configuration: ActionDeclaration['configuration'] = {}) {
  const story = await beginApproval({ configuration: { CustomData: 'Ship it?', ...configuration } });
  const { server, token } = story;
  const document = JSON.stringify({ type: 'slack', webhookUrl: 'https://chat.example.com/hook' });
  await callOwn(server.url, 'ApplyResources', { resources: [{ kind: 'EventTarget', name: 'chat', document }] });
  const sealer = createSealer(readMasterKeys(join(server.folder, 'master-keys.json')));
  const link = approvalUrl(
    { sealer, publicUrl: () => server.url },
    { account, region, pipelineName, token, target: 'chat' },
  );
  const open = async (init?: RequestInit) => {
    const response = await fetch(link, init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const post = (fields: Record<string, string>) => open({ method: 'POST', body: new URLSearchParams(fields) });
  return { ...story, link, open, post };
}

test('the page shows what is approved and changes nothing, however often it is opened', async () => {
  const { client, executionId, token, open } = await begin({ ExternalEntityLink: 'https://example.com/a?b=1&c=2' });
  for (const method of ['GET', 'HEAD', 'GET']) {
    const { status, headers, text } = await open({ method });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^ ]+'; form-action/,
    );
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    if (method === 'HEAD') continue;
    for (const shown of [pipelineName, 'Testing', 'Ask', executionId, 'Ship it?', '<form method="post">']) {
      expect(text).toContain(shown);
    }
    expect(text).toContain('<a href="https://example.com/a?b=1&amp;c=2" rel="noreferrer">');
    expect(text).not.toContain('<script');
  }
  expect(await askState(client)).toMatchObject({ status: 'InProgress', token });
});

test('Approve: the pipeline continues, and state and audit log say through which target', async () => {
  const { server, client, executionId, post, open } = await begin();
  const { status, text } = await post({ status: 'Approved', comment: 'go & <b>ship</b>' });
  expect(status).toBe(200);
  expect(text).toContain(`by ${approver}. Comment: go &amp; &lt;b&gt;ship&lt;/b&gt;`);
  expect(text).not.toContain('<form');
  expect(await askState(client)).toMatchObject({
    status: 'Succeeded',
    summary: 'go & <b>ship</b>',
    lastUpdatedBy: approver,
  });
  await waitForStatus(client, executionId, 'Succeeded');
  const { answer } = await callOwn<{ entries: object[] }>(server.url, 'ListAuditEntries', {});
  expect(answer.entries[0]).toMatchObject({
    action: 'PutApprovalResult',
    subject: `${pipelineName}/Testing/Ask: Approved`,
    callerArn: approver,
    accessKeyId: 'approval link',
  });
  expect((await open()).text).toContain('Approved at ');
});

test('an answer through the API is in the audit log, too', async () => {
  const { server, answer } = await begin();
  await answer({ result: { status: 'Rejected', summary: '' } });
  const { answer: listed } = await callOwn<{ entries: object[] }>(server.url, 'ListAuditEntries', {});
  expect(listed.entries[0]).toMatchObject({
    action: 'PutApprovalResult',
    subject: `${pipelineName}/Testing/Ask: Rejected`,
    callerArn: `arn:aws:iam::${account}:root`,
  });
});

test('Reject without a comment: the execution fails', async () => {
  const { client, executionId, post } = await begin();
  expect((await post({ status: 'Rejected', comment: '' })).status).toBe(200);
  expect(await askState(client)).toMatchObject({ status: 'Failed', summary: `Rejected by ${approver}` });
  await waitForStatus(client, executionId, 'Failed');
});

test('a second answer changes nothing, and says who was first', async () => {
  const { client, answer, post } = await begin();
  await answer();
  const { status, text } = await post({ status: 'Rejected', comment: 'no' });
  expect(status).toBe(409);
  expect(text).toContain('Your answer came too late, and changed nothing. Approved at ');
  expect(text).toContain(`by arn:aws:iam::${account}:root. Comment: looks good`);
  expect(await askState(client)).toMatchObject({ status: 'Succeeded' });
});

test('of two answers at the same time one counts', async () => {
  const { client, post } = await begin();
  const answers = await Promise.all([post({ status: 'Approved' }), post({ status: 'Rejected' })]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  const approved = answers[0]?.status === 200;
  expect(await askState(client)).toMatchObject({ status: approved ? 'Succeeded' : 'Failed' });
});

test('an approval that timed out or was abandoned says that it ended', async () => {
  const timedOut = await begin();
  timedOut.server.clock.advance(7 * 24 * 60 * 60_000 + 1);
  await waitForStatus(timedOut.client, timedOut.executionId, 'Failed');
  const { status, text } = await timedOut.post({ status: 'Approved' });
  expect({ status, text }).toMatchObject({
    status: 409,
    text: expect.stringContaining('without an answer: it timed out'),
  });
  const stopped = await begin();
  const { client, executionId } = stopped;
  await client.send(
    new StopPipelineExecutionCommand({ pipelineName, pipelineExecutionId: executionId, abandon: true }),
  );
  expect((await stopped.open()).text).toContain('This approval ended at ');
  expect((await stopped.post({ status: 'Approved' })).status).toBe(409);
});

test('a required comment that is missing is asked for, and the approval keeps waiting', async () => {
  const { client, open, post } = await begin({ IsSummaryRequired: 'true' });
  expect((await open()).text).toContain('Comment (required)');
  const { status, text } = await post({ status: 'Approved', comment: ' \r\n' });
  expect({ status, text }).toMatchObject({ status: 400, text: expect.stringContaining('a comment is required') });
  expect(text).toContain('<form');
  expect(await askState(client)).toMatchObject({ status: 'InProgress' });
  expect((await post({ status: 'Approved', comment: 'seen' })).status).toBe(200);
});

test('bad forms change nothing', async () => {
  const { client, open, post } = await begin();
  for (const fields of [{}, { status: 'approved' }, { status: 'Approved', comment: 'x'.repeat(513) }]) {
    expect((await post(fields as Record<string, string>)).status).toBe(400);
  }
  expect((await post({ status: 'Approved', comment: 'x'.repeat(20_000) })).status).toBe(413);
  expect((await open({ method: 'POST' })).status).toBe(400);
  const { status, headers } = await open({ method: 'PUT', body: 'status=Approved' });
  expect({ status, allow: headers.get('allow') }).toEqual({ status: 405, allow: 'GET, HEAD, POST' });
  expect(await askState(client)).toMatchObject({ status: 'InProgress' });
  const longest = 'x\r\n'.repeat(255);
  expect((await post({ status: 'Approved', comment: longest })).status).toBe(200);
});

test('only whole links of this server are for an approval, and only while their target exists', async () => {
  const { server, client, link, open } = await begin();
  const end = link.at(-1) === 'A' ? 'B' : 'A';
  for (const other of [`${link.slice(0, -1)}${end}`, link.slice(0, -9), `${link}/`, `${server.url}/-/approvals/`]) {
    const response = await fetch(other, { method: 'POST', body: new URLSearchParams({ status: 'Approved' }) });
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('There is no approval at this address.');
  }
  await callOwn(server.url, 'DeleteResource', { kind: 'EventTarget', name: 'chat' });
  expect((await open()).status).toBe(404);
  expect(await askState(client)).toMatchObject({ status: 'InProgress' });
});

test('a text of the declaration is no markup, and the URL of a script no link', async () => {
  const { open } = await begin({ CustomData: '<img src=x onerror=1>', ExternalEntityLink: 'javascript:alert(1)' });
  const { text } = await open();
  expect(text).toContain('&lt;img src=x onerror=1&gt;');
  expect(text).toContain('<dd>javascript:alert(1)</dd>');
});

test('the log names neither the link nor its sealed part', async () => {
  const { link, open, lines } = await begin();
  await open();
  const logged = JSON.stringify(lines);
  expect(logged).not.toContain(link.split('/').at(-1));
  expect(lines.filter(({ operation }) => operation === 'approval')).toMatchObject([{ account, region, outcome: 'ok' }]);
});

import { expect, onTestFinished, test } from 'vitest';
import { startMailServer } from '../support/events/mail-server.ts';
import { startReceiver } from '../support/events/receiver.ts';
import { pipelineName, startStory, waitForStatus } from '../support/pipelines/scenario.ts';
import { askState, pipelineAsking } from '../support/pipelines/waiting-approval.ts';
import { callOwn } from '../support/requests/own-api.ts';
import { account, region, serve } from '../support/servers/server.ts';

const topicArn = `arn:aws:sns:${region}:${account}:approvals`;
const published = '<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>';
const keys = { accessKeyId: 'AKIDTARGET', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };

async function receive(body = 'ok') {
  const receiver = await startReceiver((_, response) => response.end(body));
  onTestFinished(receiver.close);
  return receiver;
}

/** Returns what is sent to an approval's reviewers, each in the form of their target. */
async function openReviewers() {
  const [chat, silent, other, topic] = [await receive(), await receive(), await receive(), await receive(published)];
  const mail = await startMailServer({ authOptional: true, hideSTARTTLS: true, disabledCommands: ['STARTTLS'] });
  onTestFinished(mail.close);
  const targets = {
    chat: { type: 'slack', webhookUrl: chat.url, topicArn },
    silent: { type: 'slack', webhookUrl: silent.url, topicArn, approvalLink: false },
    other: { type: 'slack', webhookUrl: other.url, topicArn: `${topicArn}-of-others` },
    topic: { type: 'sns', url: topic.url, topicArn, ...keys },
    team: {
      type: 'mail',
      url: `smtp://127.0.0.1:${mail.port}`,
      plaintext: true,
      from: 'mill@example.com',
      to: ['team@example.com'],
      topicArn,
    },
  };
  const resources = Object.entries(targets).map(([name, document]) => ({
    kind: 'EventTarget',
    name,
    document: JSON.stringify(document),
  }));
  return { chat, silent, other, topic, mail, resources };
}

const textOf = (body: string | undefined) => (JSON.parse(body ?? '{}') as { text: string }).text;

test('an approval is sent to the targets of its topic, and the link in a message answers it', async () => {
  const { chat, silent, other, topic, mail, resources } = await openReviewers();
  const server = await serve();
  const { status } = await callOwn(server.url, 'ApplyResources', { resources });
  expect(status).toBe(200);
  const client = server.codePipeline();
  const configuration = { NotificationArn: topicArn, CustomData: 'Ship #{codepipeline.PipelineExecutionId}?' };
  const executionId = await startStory(client, server.s3(), pipelineAsking({ configuration }));
  const waiting = { timeout: 10_000, interval: 20 };
  for (const { received } of [chat, silent, topic, mail]) {
    await expect.poll(() => received.length, waiting).toBe(1);
  }
  const token = (await askState(client))?.token;
  const links = [textOf(chat.received[0]?.body), mail.received[0]?.text ?? ''].map(
    (text) => /Approve or reject: (\S+)/.exec(text)?.[1] ?? '',
  );
  for (const link of links) expect(link).toMatch(new RegExp(`^${server.url}/-/approvals/s1\\.`));
  expect(textOf(chat.received[0]?.body)).toContain(`Information: Ship ${executionId}?`);
  expect(textOf(silent.received[0]?.body)).not.toContain('/-/approvals/');
  const message = new URLSearchParams(topic.received[0]?.body).get('Message');
  expect(JSON.parse(message ?? '')).toEqual({
    region,
    consoleLink: null,
    approval: {
      pipelineName,
      stageName: 'Testing',
      actionName: 'Ask',
      token,
      expires: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/),
      externalEntityLink: null,
      approvalReviewLink: null,
      customData: `Ship ${executionId}?`,
    },
  });
  const body = new URLSearchParams({ status: 'Approved', comment: 'from the mail' });
  const answered = await fetch(links[1] ?? '', { method: 'POST', body });
  expect(answered.status).toBe(200);
  expect(await askState(client)).toMatchObject({
    status: 'Succeeded',
    summary: 'from the mail',
    lastUpdatedBy: `arn:aws:millrace:${region}:${account}:resource/EventTarget/team`,
  });
  await waitForStatus(client, executionId, 'Succeeded');
  expect((await fetch(links[0] ?? '', { method: 'POST', body })).status).toBe(409);
  expect(other.received).toEqual([]);
});

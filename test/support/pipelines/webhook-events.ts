import { createHmac } from 'node:crypto';
import {
  type CodePipelineClient,
  CreatePipelineCommand,
  ListPipelineExecutionsCommand,
  ListWebhooksCommand,
  PutWebhookCommand,
  type WebhookDefinition,
} from '@aws-sdk/client-codepipeline';
import { sendRaw } from '../requests/signed-request.ts';
import type { TestServer } from '../servers/server.ts';
import { pipelineName, prepareBuckets, registerJenkins, sourceKey, threeStages } from './scenario.ts';

export const webhookSecret = 's3cret';

/** A webhook of the scenario's source; its filter matches pushes to the branch that is named like the source's key. */
const hook: WebhookDefinition = {
  name: 'Hook',
  targetPipeline: pipelineName,
  targetAction: 'Source',
  authentication: 'GITHUB_HMAC',
  authenticationConfiguration: { SecretToken: webhookSecret },
  filters: [{ jsonPath: '$.ref', matchEquals: 'refs/heads/{S3ObjectKey}' }],
};

/** A webhook without authentication and filters. */
export const openHook: Partial<WebhookDefinition> = {
  authentication: 'UNAUTHENTICATED',
  authenticationConfiguration: {},
  filters: [],
};

/** Returns a push that passes the filter; each number gives a different one. */
export function push(number = 1, ref = `refs/heads/${sourceKey}`): string {
  return JSON.stringify({ ref, after: `commit-${number}` });
}

/** Returns the headers of GitHub for a body, with its signature. */
export function eventHeaders(body: string | Buffer, delivery?: string): Record<string, string> {
  return {
    'Content-Type': 'application/json',
    'X-GitHub-Event': 'push',
    ...(delivery === undefined ? {} : { 'X-GitHub-Delivery': delivery }),
    'X-Hub-Signature-256': `sha256=${createHmac('sha256', webhookSecret).update(body).digest('hex')}`,
  };
}

/** What came back. */
export interface EventAnswer {
  status: number;
  message: string;
  pipelineExecutionId?: string;
}

/** Posts to a URL that PutWebhook returned. */
export async function post(
  url: string,
  body: string | Buffer,
  headers: Record<string, string> = eventHeaders(body),
): Promise<EventAnswer> {
  const { status, body: text } = await sendRaw(url, { path: new URL(url).pathname, headers, body });
  return { status, ...(JSON.parse(text) as Omit<EventAnswer, 'status'>) };
}

/** A pipeline with webhooks. */
export interface WebhookStory {
  client: CodePipelineClient;
  /** Puts `hook` with these changes and returns its URL. */
  put(members?: Partial<WebhookDefinition>): Promise<string>;
  /** Returns the first webhook in ListWebhooks. */
  listed(): Promise<Record<string, unknown>>;
  /** Returns the executions started by webhooks, newest first, with the detail of their trigger. */
  started(): Promise<[string | undefined, string | undefined][]>;
}

/** Creates the scenario's pipeline. */
export async function webhookStory(server: Pick<TestServer, 'codePipeline' | 's3'>): Promise<WebhookStory> {
  const client = server.codePipeline();
  await registerJenkins(client);
  await prepareBuckets(server.s3());
  await client.send(new CreatePipelineCommand({ pipeline: threeStages() }));
  return {
    client,
    async put(members = {}) {
      const { webhook } = await client.send(new PutWebhookCommand({ webhook: { ...hook, ...members } }));
      return webhook?.url ?? '';
    },
    async listed() {
      const { webhooks } = await client.send(new ListWebhooksCommand({}));
      return { ...webhooks?.[0] };
    },
    async started() {
      const { pipelineExecutionSummaries } = await client.send(new ListPipelineExecutionsCommand({ pipelineName }));
      return (pipelineExecutionSummaries ?? [])
        .filter(({ trigger }) => trigger?.triggerType === 'Webhook')
        .map(({ pipelineExecutionId, trigger }) => [pipelineExecutionId, trigger?.triggerDetail]);
    },
  };
}

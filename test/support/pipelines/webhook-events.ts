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

/** A webhook of the story's source; its filter asks for a push to the branch that is called like the source's key. */
const hook: WebhookDefinition = {
  name: 'Hook',
  targetPipeline: pipelineName,
  targetAction: 'Source',
  authentication: 'GITHUB_HMAC',
  authenticationConfiguration: { SecretToken: webhookSecret },
  filters: [{ jsonPath: '$.ref', matchEquals: 'refs/heads/{S3ObjectKey}' }],
};

/** One without any authentication, and without filters. */
export const openHook: Partial<WebhookDefinition> = {
  authentication: 'UNAUTHENTICATED',
  authenticationConfiguration: {},
  filters: [],
};

/** A push that passes the filter; each number another one. */
export function push(number = 1, ref = `refs/heads/${sourceKey}`): string {
  return JSON.stringify({ ref, after: `commit-${number}` });
}

/** What GitHub sends beside the body, signed. */
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

/** Posts to a URL as PutWebhook answers it. */
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
  /** Puts `hook`, changed by these members, and answers its URL. */
  put(members?: Partial<WebhookDefinition>): Promise<string>;
  /** The first webhook as ListWebhooks has it. */
  listed(): Promise<Record<string, unknown>>;
  /** The executions that webhooks have started, newest first, each as its id and the detail of its trigger. */
  started(): Promise<[string | undefined, string | undefined][]>;
}

/** Creates the story's pipeline. */
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

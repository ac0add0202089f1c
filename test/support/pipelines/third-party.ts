import {
  type ActionDeclaration,
  type ActionTypeDeclaration,
  type CodePipelineClient,
  GetThirdPartyJobDetailsCommand,
  PollForThirdPartyJobsCommand,
  type ThirdPartyJob,
  type ThirdPartyJobDetails,
} from '@aws-sdk/client-codepipeline';
import { expect, vi } from 'vitest';
import { callRaw } from '../requests/signed-request.ts';

export const partnerTypeId = { category: 'Test', owner: 'ThirdParty', provider: 'Acme', version: '1' } as const;

/** The id in the form of our own API. */
export const partnerType = 'Test/ThirdParty/Acme/1';

/** A partner's type with a secret, a job timeout of ten minutes and URLs, for its own account only. */
export const partnerDeclaration: ActionTypeDeclaration = {
  id: partnerTypeId,
  description: 'Tests at Acme',
  executor: {
    type: 'JobWorker',
    configuration: { jobWorkerExecutorConfiguration: {} },
    jobTimeout: 600,
  },
  inputArtifactDetails: { minimumCount: 0, maximumCount: 10 },
  outputArtifactDetails: { minimumCount: 0, maximumCount: 10 },
  properties: [
    { name: 'Suite', optional: false, key: true, noEcho: false },
    { name: 'ApiKey', optional: true, key: false, noEcho: true },
  ],
  urls: {
    configurationUrl: 'https://acme.example/connect',
    entityUrlTemplate: 'https://acme.example/{Config:Suite}',
    executionUrlTemplate: 'https://acme.example/{Config:Suite}/{ExternalExecutionId}',
  },
};

/** An action of the type, which replaces the scenario's test action. */
export const partnerAction: ActionDeclaration = {
  name: 'AcmeTests',
  actionTypeId: partnerTypeId,
  configuration: { Suite: 'smoke', ApiKey: 'acme-key' },
  inputArtifacts: [{ name: 'MyAppBuild' }],
  outputArtifacts: [{ name: 'TestReport' }],
};

/** Calls our own API; throws an error with the code of its error response. */
export async function callOwn<Answer = object>(url: string, operation: string, input: object): Promise<Answer> {
  const headers = { 'X-Amz-Target': `Millrace.${operation}` };
  const { status, body } = await callRaw(url, operation, JSON.stringify(input), { service: 'millrace', headers });
  const answer = JSON.parse(body) as { __type?: string; message?: string };
  if (status === 200) return answer as Answer;
  throw Object.assign(new Error(answer.message), { name: answer.__type });
}

/** Registers a type, by default that of the scenario. */
export async function registerPartner(url: string, change: Partial<ActionTypeDeclaration> = {}): Promise<void> {
  await callOwn(url, 'RegisterActionType', { actionType: { ...partnerDeclaration, ...change } });
}

/** A client id with its token. */
export interface PartnerClient {
  clientId: string;
  clientToken: string;
}

/** Creates a client of the scenario's type, by default for the server's account. */
export async function createPartnerClient(url: string, account?: string): Promise<PartnerClient> {
  return callOwn<PartnerClient>(url, 'CreateThirdPartyClient', { actionType: partnerType, account });
}

/** Polls once for jobs of the scenario's type. */
export async function pollPartner(client: CodePipelineClient, maxBatchSize?: number): Promise<ThirdPartyJob[]> {
  const { jobs } = await client.send(new PollForThirdPartyJobsCommand({ actionTypeId: partnerTypeId, maxBatchSize }));
  return jobs ?? [];
}

/** Polls until there is a job. */
export async function pollOnePartner(client: CodePipelineClient): Promise<Required<ThirdPartyJob>> {
  return vi.waitFor(
    async () => {
      const jobs = await pollPartner(client);
      expect(jobs).toHaveLength(1);
      return jobs[0] as Required<ThirdPartyJob>;
    },
    { timeout: 10_000, interval: 20 },
  );
}

/** Returns the details of a job. */
export async function detailsOf(
  client: CodePipelineClient,
  input: { jobId: string; clientToken: string },
): Promise<Required<ThirdPartyJobDetails>> {
  const { jobDetails } = await client.send(new GetThirdPartyJobDetailsCommand(input));
  return jobDetails as Required<ThirdPartyJobDetails>;
}

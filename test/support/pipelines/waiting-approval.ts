import {
  type ActionDeclaration,
  type CodePipelineClient,
  GetPipelineStateCommand,
  PutApprovalResultCommand,
  type PutApprovalResultCommandInput,
} from '@aws-sdk/client-codepipeline';
import { expect, vi } from 'vitest';
import { serve } from '../servers/server.ts';
import { deployAction, pipelineName, startStory, threeStages } from './scenario.ts';

function asking(members: Partial<ActionDeclaration> = {}): ActionDeclaration {
  const actionTypeId = { category: 'Approval', owner: 'AWS', provider: 'Manual', version: '1' } as const;
  return { name: 'Ask', actionTypeId, configuration: { CustomData: 'Ship it?' }, ...members };
}

/** Returns a pipeline with source, approval and deployment of the source's output. */
export function pipelineAsking(members: Partial<ActionDeclaration> = {}) {
  return threeStages(asking(members), { ...deployAction, inputArtifacts: [{ name: 'MyAppBuild' }] });
}

/** Returns the state of the approval's latest attempt. */
export async function askState(client: CodePipelineClient) {
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  return stageStates?.[1]?.actionStates?.[0]?.latestExecution;
}

/** Starts a server whose pipeline waits for the approval `Ask`; returns its token. */
export async function beginApproval(members: Partial<ActionDeclaration> = {}) {
  const lines: Record<string, unknown>[] = [];
  const server = await serve({}, { onLog: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
  const client = server.codePipeline();
  const executionId = await startStory(client, server.s3(), pipelineAsking(members));
  const token = await vi.waitFor(async () => {
    const shown = (await askState(client))?.token;
    expect(shown).toBeDefined();
    return shown ?? '';
  });
  const answer = (input: Partial<PutApprovalResultCommandInput> = {}) =>
    client.send(
      new PutApprovalResultCommand({
        pipelineName,
        stageName: 'Testing',
        actionName: 'Ask',
        token,
        result: { status: 'Approved', summary: 'looks good' },
        ...input,
      }),
    );
  return { server, client, executionId, token, answer, lines };
}

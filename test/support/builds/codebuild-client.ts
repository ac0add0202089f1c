import type { Agent } from 'node:https';
import {
  BatchGetBuildsCommand,
  CodeBuildClient,
  CreateProjectCommand,
  StartBuildCommand,
  StopBuildCommand,
} from '@aws-sdk/client-codebuild';
import { expect, vi } from 'vitest';
import { account, clientConfig } from '../requests/client-config.ts';

const serviceRole = `arn:aws:iam::${account}:role/build`;

/** Returns a client and how to follow builds; `httpsAgent` says which certificates it trusts. */
export function codeBuild(url: string, httpsAgent?: Agent) {
  const client = new CodeBuildClient({ ...clientConfig(url), ...(httpsAgent && { requestHandler: { httpsAgent } }) });
  const find = async (id: string) => (await client.send(new BatchGetBuildsCommand({ ids: [id] }))).builds?.[0];
  return {
    find,
    async createProject(name: string, buildspec: string, more: Partial<CreateProjectCommand['input']> = {}) {
      const environment = {
        type: 'LINUX_CONTAINER',
        image: 'aws/codebuild/standard:7.0',
        computeType: 'BUILD_GENERAL1_SMALL',
      } as const;
      const source = { type: 'NO_SOURCE', buildspec } as const;
      await client.send(
        new CreateProjectCommand({
          name,
          source,
          artifacts: { type: 'NO_ARTIFACTS' },
          environment,
          serviceRole,
          ...more,
        }),
      );
    },
    async start(projectName: string): Promise<string> {
      return (await client.send(new StartBuildCommand({ projectName }))).build?.id ?? '';
    },
    stop: (id: string) => client.send(new StopBuildCommand({ id })),
    untilEnded: (id: string) =>
      vi.waitFor(
        async () => {
          const build = await find(id);
          if (!build?.buildComplete) throw new Error(`the build is in ${build?.currentPhase}`);
          return build;
        },
        { timeout: 30_000, interval: 100 },
      ),
    untilPhase: (id: string, phase: string) =>
      vi.waitFor(async () => expect((await find(id))?.currentPhase).toBe(phase), { timeout: 30_000, interval: 100 }),
  };
}

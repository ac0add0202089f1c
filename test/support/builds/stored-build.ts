import {
  BatchGetBuildsCommand,
  CodeBuildClient,
  CreateProjectCommand,
  ListBuildsCommand,
  ListProjectsCommand,
  StartBuildCommand,
  StopBuildCommand,
} from '@aws-sdk/client-codebuild';
import { expect, vi } from 'vitest';
import { clientConfig } from '../requests/client-config.ts';

const projectName = 'mill';

/** Creates a project and a build of it that was stopped. */
export async function storeBuild(url: string): Promise<void> {
  const client = new CodeBuildClient(clientConfig(url));
  await client.send(
    new CreateProjectCommand({
      name: projectName,
      source: { type: 'NO_SOURCE', buildspec: 'version: 0.2\nphases:\n  build:\n    commands:\n      - echo ü\n' },
      artifacts: { type: 'NO_ARTIFACTS' },
      environment: { type: 'LINUX_CONTAINER', image: 'busybox', computeType: 'BUILD_GENERAL1_SMALL' },
      serviceRole: 'arn:aws:iam::123456789012:role/Build',
    }),
  );
  const { build } = await client.send(new StartBuildCommand({ projectName }));
  await client.send(new StopBuildCommand({ id: build?.id ?? '' }));
  await vi.waitFor(async () => {
    const { builds } = await client.send(new BatchGetBuildsCommand({ ids: [build?.id ?? ''] }));
    // A runner may have had it.
    expect(builds?.[0]?.buildComplete).toBe(true);
  });
}

/** Returns the responses about projects and builds. */
export async function readBuilds(url: string): Promise<unknown> {
  const client = new CodeBuildClient(clientConfig(url));
  const { ids = [] } = await client.send(new ListBuildsCommand({}));
  return [await client.send(new ListProjectsCommand({})), await client.send(new BatchGetBuildsCommand({ ids }))];
}

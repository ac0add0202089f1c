import { callService } from '../requests/service-call.ts';
import type { LoopCase } from './loop-case.ts';

const names = Array.from({ length: 100 }, (_, index) => `loud-${index}`);

/** As much as a project may have: variables are more work than one long text. */
const environmentVariables = Array.from({ length: 200 }, (_, index) => ({ name: `V${index}`, value: 'v'.repeat(270) }));
const project = (name: string) => ({
  name,
  source: { type: 'NO_SOURCE', buildspec: 'version: 0.2\n' },
  artifacts: { type: 'NO_ARTIFACTS' },
  environment: { type: 'LINUX_CONTAINER', image: 'i', computeType: 'BUILD_GENERAL1_SMALL', environmentVariables },
  serviceRole: 'builder',
});

async function call(url: string, operation: string, input: object): Promise<Record<string, unknown>> {
  const { status, document } = await callService(url, 'codebuild', operation, input);
  if (status !== 200) throw new Error(`${operation}: ${status} ${JSON.stringify(document).slice(0, 90)}`);
  return document;
}

/** Lists of projects and builds that are as large as they can be. */
export const buildCases: LoopCase[] = [
  {
    door: 'BatchGetProjects',
    input: '100 projects with all the variables they may have',
    async prepare({ url }) {
      for (const name of names) await call(url, 'CreateProject', project(name));
    },
    async attack({ url }) {
      const { projects } = await call(url, 'BatchGetProjects', { names });
      expectHundred(projects);
    },
  },
  {
    door: 'BatchGetBuilds',
    input: '100 builds with all the variables they may have',
    async prepare({ url }) {
      const environmentVariablesOverride = environmentVariables.slice(0, 90);
      const input = { projectName: 'loud-0', environmentVariablesOverride, idempotencyToken: 't' };
      const { build } = await call(url, 'StartBuild', input);
      await call(url, 'StopBuild', { id: (build as { id: string }).id });
    },
    fill(database) {
      database.exec(`with recursive counted (n) as (select 0 union all select n + 1 from counted where n < 99)
        insert into builds (account, region, id, kind, project, number, build_order, status, started_at, ended_at,
          deadline_at, timeout_ms)
        select account, region, 'copy:' || n, kind, 'copy', n, build_order, status, started_at, ended_at, deadline_at,
          timeout_ms from builds, counted where project = 'loud-0'`);
    },
    async attack({ url }) {
      const { builds } = await call(url, 'BatchGetBuilds', { ids: names.map((_, index) => `copy:${index}`) });
      expectHundred(builds);
    },
  },
];

function expectHundred(list: unknown): void {
  const count = Array.isArray(list) ? list.length : 0;
  if (count !== 100) throw new Error(`${count} instead of 100`);
}

import { Readable } from 'node:stream';
import type { Job } from '../../../src/contract/generated.ts';
import type { Build } from '../../../src/model/build.ts';
import type { ActionProgress } from '../../../src/model/execution.ts';
import type { BuildTools, Provider, ProviderTools } from '../../../src/providers/provider.ts';
import type { JobOutcome } from '../../../src/worker/loop/job-source.ts';
import { MemoryObjects, toolsWith } from './memory-objects.ts';

/** How the builds of a test end, beside what all have in common. */
type Ending = Partial<Pick<Build, 'status' | 'exportedVariables' | 'phases' | 'failure'>>;

/** Builds for tests of providers, which end at once. */
export class MemoryBuilds {
  /** What was started. */
  readonly projects: Parameters<BuildTools['startProject']>[0][] = [];
  readonly batches: Parameters<BuildTools['startBatch']>[0][] = [];
  readonly orders: Parameters<BuildTools['startOrder']>[0][] = [];
  readonly progress: ActionProgress[] = [];
  readonly objects = new MemoryObjects({ store: {} });
  /** Thrown by the next start. */
  refusal: Error | undefined;
  private readonly ending: Ending;

  constructor(ending: Ending = {}) {
    this.ending = ending;
  }

  /** Performs a job whose input artifacts are there: archives, unless the test has stored something else. */
  async perform(run: Provider['run'], job: Job, action: Partial<ProviderTools['action']> = {}): Promise<JobOutcome> {
    for (const input of job.data?.inputArtifacts ?? []) {
      const { bucketName: bucket = '', objectKey: key = '' } = input.location?.s3Location ?? {};
      if (this.objects.at(`${bucket}/${key}`)) continue;
      await this.objects.putObject({ bucket, key, body: Readable.from(['PK']) });
    }
    return run(job, this.tools(action));
  }

  private tools(action: Partial<ProviderTools['action']>): ProviderTools {
    const started = (name: string) => {
      if (this.refusal) throw this.refusal;
      return { id: `${name}:uuid`, logStreamArn: 'arn:aws:logs:us-east-1:111122223333:log-group:g:log-stream:uuid' };
    };
    return {
      ...toolsWith(this.objects),
      action: { inputVersions: {}, ...action },
      progress: async (progress) => void this.progress.push(progress),
      builds: {
        startProject: async (build) => {
          this.projects.push(build);
          return started(build.projectName);
        },
        startOrder: async (order) => {
          this.orders.push(order);
          return started(order.projectName);
        },
        startBatch: async (build) => {
          this.batches.push(build);
          return { id: started(build.projectName).id };
        },
        ended: async (id) => this.ended(id),
        batchEnded: async (id) => this.ended(id),
      },
    };
  }

  private ended(id: string): Build {
    const [order] = this.orders;
    return {
      id,
      scope: { account: '111122223333', region: 'us-east-1' },
      number: 1,
      order: order as Build['order'],
      status: 'SUCCEEDED',
      currentPhase: 'COMPLETED',
      phases: [],
      exportedVariables: [],
      reports: [],
      artifacts: [],
      startedAt: 0,
      endedAt: 1,
      attempts: 1,
      ...this.ending,
    };
  }
}

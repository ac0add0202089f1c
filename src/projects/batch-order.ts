import type { CodeBuild } from '../contract/generated.ts';
import type { BuildOrder } from '../model/build.ts';
import type { BatchOrder } from '../model/build-batch.ts';

const minuteMs = 60_000;

/** What AWS takes for a batch whose project does not say. */
const defaults = { mostBuilds: 100, timeoutInMinutes: 480 };

/** Returns the order of a batch whose builds have this order, but for what its buildspec changes. */
export function createBatchOrder(config: CodeBuild.ProjectBuildBatchConfig | undefined, build: BuildOrder): BatchOrder {
  const { maximumBuildsAllowed = defaults.mostBuilds, computeTypesAllowed } = config?.restrictions ?? {};
  return {
    build,
    mostBuilds: maximumBuildsAllowed,
    ...(computeTypesAllowed && computeTypesAllowed.length > 0 && { computeTypes: computeTypesAllowed }),
    timeoutMs: (config?.timeoutInMins ?? defaults.timeoutInMinutes) * minuteMs,
  };
}

import type { RuleExecutionDetail, RuleTypeId } from '../../../contract/generated.ts';
import type { ListedActionExecution } from '../../../store/store.ts';
import { toSeconds } from '../../seconds.ts';
import { operation } from '../operation.ts';
import { findPipeline } from '../pipelines/find-pipeline.ts';
import { maskSecrets } from '../pipelines/secrets.ts';
import { type ShownValues, showHistory } from '../pipelines/shown-values.ts';
import { pipelineOf } from '../resources.ts';
import { readHistoryPage } from './history-page.ts';
import { toArtifactDetail } from './show-execution.ts';

/** Lists executions of condition rules, latest start first, with the configuration as declared and as resolved. */
export const listRuleExecutions = operation('ListRuleExecutions', {
  note: 'complete',
  resources: pipelineOf,
  async run(input, call, dependencies) {
    const pipeline = await findPipeline(input.pipelineName, call, dependencies);
    const { items, nextToken } = await readHistoryPage('ListRuleExecutions', input, pipeline, dependencies);
    const ruleExecutionDetails = await showHistory(items, pipeline, dependencies, (rule, shown) =>
      toDetail(rule, shown, call.region),
    );
    return { ruleExecutionDetails, nextToken };
  },
});

function toDetail(rule: ListedActionExecution, shown: ShownValues, region: string): RuleExecutionDetail {
  const { start, progress, error } = rule;
  const result = {
    externalExecutionId: progress.externalExecutionId,
    externalExecutionSummary: error?.message ?? progress.summary,
    errorDetails: error,
  };
  return {
    pipelineExecutionId: rule.executionId,
    ruleExecutionId: rule.id,
    pipelineVersion: rule.pipelineVersion,
    stageName: rule.stageName,
    ruleName: rule.actionName,
    startTime: toSeconds(rule.startedAt),
    lastUpdateTime: toSeconds(rule.updatedAt),
    status: rule.status,
    input: {
      ruleTypeId: start.actionTypeId as RuleTypeId,
      configuration: maskSecrets(start.configuration),
      resolvedConfiguration: shown.resolvedConfiguration,
      roleArn: start.roleArn,
      region: start.region ?? region,
      inputArtifacts: start.inputArtifacts.map(toArtifactDetail),
    },
    output: { executionResult: rule.status === 'InProgress' ? undefined : result },
  };
}

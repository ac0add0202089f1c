import { callJson } from './call-json.ts';
import { createCustomPipeline, customType, pollCustom } from './custom-pipeline.ts';
import type { LoopCase } from './loop-case.ts';

const name = 'hostile-patterns';

const patterns = [
  '(?:(?:a|aa|aaa|.|..)?){700}',
  '(?:(?:a|b|ab|aa|.)?){900}',
  '(?:(?:a?|aa?|.?.?)?){600}c',
  '(?:(?:a|aa|aaa|.|..)?){300}',
  '(?:(?:a|b|ab|aa|.)?){300}',
];

interface State {
  stageStates: { beforeEntryConditionState?: { latestExecution?: { status: string } } }[];
}

/** Rules that the server checks itself. */
export const patternCases: LoopCase[] = [
  {
    door: 'VariableCheck MATCHES',
    input: 'five slow patterns in one condition, for a value of 1,000 characters',
    async prepare({ url }) {
      const rules = patterns.map((Value, index) => ({
        name: `Rule${index}`,
        ruleTypeId: { category: 'Rule' as const, owner: 'AWS' as const, provider: 'VariableCheck', version: '1' },
        configuration: { Variable: '#{a.v}', Operator: 'MATCHES', Value },
      }));
      const actions = [{ name: 'Use', actionTypeId: customType('Build') }];
      const beforeEntry = { conditions: [{ result: 'FAIL' as const, rules }] };
      await createCustomPipeline(url, name, [{ name: 'Build', actions, beforeEntry }]);
    },
    async attack({ url }) {
      for (const job of await pollCustom(url, 'Source', 10)) {
        await callJson(url, 'PutJobSuccessResult', { jobId: job.id, outputVariables: { v: 'a'.repeat(1000) } });
      }
      for (;;) {
        const { stageStates } = await callJson<State>(url, 'GetPipelineState', { name });
        const status = stageStates[1]?.beforeEntryConditionState?.latestExecution?.status ?? 'InProgress';
        if (status !== 'InProgress') return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
  },
];

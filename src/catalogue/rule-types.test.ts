import { expect, test } from 'vitest';
import { constrainOf, type Report } from '../contract/constraints.ts';
import { builtInRuleTypes as catalogued } from './rule-types.ts';

const builtInRuleTypes = catalogued.map(({ definition }) => definition);

/** The rule types in another form (behaviour C.8): required properties end in `*`. */
const facts: Record<string, string[]> = {
  CloudWatchAlarm: ['AlarmName*', 'AlarmStates', 'WaitTime'],
  CodeBuild: ['ProjectName*', 'PrimarySource', 'BatchEnabled', 'CombineArtifacts', 'EnvironmentVariables'],
  Commands: [],
  DeploymentWindow: ['Cron*', 'TimeZone'],
  LambdaInvoke: ['FunctionName*', 'UserParameters'],
  VariableCheck: ['Variable*', 'Value*', 'Operator*'],
};

test('the six rule types have their properties', () => {
  const found = builtInRuleTypes.map(({ id, ruleConfigurationProperties = [] }) => [
    id.provider,
    ruleConfigurationProperties.map(({ name, required }) => (required ? `${name}*` : name)),
  ]);
  expect(Object.fromEntries(found)).toEqual(facts);
  expect(found).toHaveLength(6);
});

test('only rules that run something take input artifacts', () => {
  const taking = builtInRuleTypes.filter(({ inputArtifactDetails }) => inputArtifactDetails.maximumCount > 0);
  expect(taking.map(({ id }) => id.provider)).toEqual(['CodeBuild', 'Commands', 'LambdaInvoke']);
});

test('one rule reads commands, two can skip a stage (behaviour B.3, C.8)', () => {
  const providersWith = (attribute: 'readsCommands' | 'canSkip') =>
    catalogued.filter((type) => type[attribute]).map(({ definition }) => definition.id.provider);
  expect(providersWith('readsCommands')).toEqual(['Commands']);
  expect(providersWith('canSkip')).toEqual(['LambdaInvoke', 'VariableCheck']);
});

test.each(builtInRuleTypes.map((type) => [type.id.provider, type] as const))('%s fits its shape', (_provider, type) => {
  const report: Report = { problems: [] };
  constrainOf('RuleType')(type, 'ruleType', report);
  expect(report.problems).toEqual([]);
  expect(type.id).toMatchObject({ category: 'Rule', owner: 'AWS', version: '1' });
  expect(type.ruleConfigurationProperties?.filter(({ queryable, secret }) => queryable || secret)).toEqual([]);
});

test('rules time out after an hour, commands after 55 minutes, builds like build actions (behaviour A.8, C.8)', () => {
  const minutes = catalogued.map(({ definition, timeoutMs }) => [definition.id.provider, timeoutMs / 60_000]);
  expect(Object.fromEntries(minutes)).toEqual({
    CloudWatchAlarm: 60,
    CodeBuild: 36 * 60,
    Commands: 55,
    DeploymentWindow: 60,
    LambdaInvoke: 60,
    VariableCheck: 60,
  });
});

import { describe, expect, test } from 'vitest';
import { action, catalogue, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import { builtInRuleTypes } from '../../catalogue/rule-types.ts';
import type { Condition, RuleDeclaration } from '../../contract/generated.ts';
import type { StoredDeclaration, StoredStage } from '../../model/pipeline.ts';
import { defaultQuotas } from '../../model/quotas.ts';
import { conditionRules } from './conditions.ts';

type Gates = Pick<StoredStage, 'beforeEntry' | 'onSuccess' | 'onFailure'>;

/** Checks a pipeline whose stages have these conditions. */
function check(gates: { Source?: Gates; Build?: Gates }, members: Partial<StoredDeclaration> = {}) {
  const declaration = declare(
    [
      { ...stage('Source', source('Fetch', { namespace: 'Src' })), ...gates.Source },
      { ...stage('Build', action('Compile', { namespace: 'Made', outputs: ['Package'] })), ...gates.Build },
      stage('Ship', action('Send', { namespace: 'Sent', outputs: ['Receipt'] })),
    ],
    { pipelineType: 'V2', ...members },
  );
  const input = {
    declaration,
    actionTypes: catalogue,
    ruleTypes: builtInRuleTypes,
    region: 'us-east-1',
    quotas: defaultQuotas,
  };
  return conditionRules.map((rule) => rule(input)).find((refusal) => refusal !== undefined);
}

function rule(provider: string, configuration: Record<string, string>, members: Partial<RuleDeclaration> = {}) {
  const ruleTypeId = { category: 'Rule', owner: 'AWS', provider, version: '1' } as const;
  return { name: provider, ruleTypeId, configuration, ...members };
}

const always = rule('DeploymentWindow', { Cron: '* * * * * ?' });
const variable = (text: string, members: Partial<RuleDeclaration> = {}) =>
  rule('VariableCheck', { Variable: text, Value: 'main', Operator: 'EQ' }, members);
const commands = (members: Partial<RuleDeclaration> = {}) =>
  rule('Commands', {}, { commands: ['make check'], ...members });

const one = (result: Condition['result'], ...rules: RuleDeclaration[]) => ({ conditions: [{ result, rules }] });
const retryConfiguration = { retryMode: 'FAILED_ACTIONS' } as const;

const refused = (message: string) => ({ refuse: 'InvalidStageDeclarationException', message });

describe('results by place (behaviour B.3)', () => {
  test.each<[string, Gates]>([
    ['entry: FAIL', { beforeEntry: one('FAIL', always) }],
    ['entry: SKIP', { beforeEntry: one('SKIP', variable('a')) }],
    ['success: FAIL', { onSuccess: one('FAIL', always) }],
    ['success: ROLLBACK', { onSuccess: one('ROLLBACK', always) }],
    ['failure: ROLLBACK', { onFailure: { result: 'ROLLBACK' } }],
    ['failure: ROLLBACK on a condition', { onFailure: one('ROLLBACK', always) }],
    ['failure: RETRY', { onFailure: { result: 'RETRY', retryConfiguration } }],
    ['failure: RETRY without a configuration', { onFailure: { result: 'RETRY' } }],
    ['failure: RETRY with an empty configuration', { onFailure: { result: 'RETRY', retryConfiguration: {} } }],
    ['failure: RETRY on a condition without a configuration', { onFailure: one('RETRY', always) }],
    ['failure: RETRY on a condition', { onFailure: { ...one('RETRY', always), retryConfiguration } }],
    [
      'all three',
      { beforeEntry: one('FAIL', always), onSuccess: one('FAIL', always), onFailure: one('ROLLBACK', always) },
    ],
  ])('%s', (_name, gates) => {
    expect(check({ Build: gates })).toBeUndefined();
  });

  test.each<[string, Gates, string]>([
    [
      'entry: ROLLBACK',
      { beforeEntry: one('ROLLBACK', always) },
      "The result of beforeEntry in stage 'Build' must be FAIL or SKIP",
    ],
    [
      'entry: none',
      { beforeEntry: one(undefined, always) },
      "The result of beforeEntry in stage 'Build' must be FAIL or SKIP",
    ],
    [
      'success: SKIP',
      { onSuccess: one('SKIP', variable('a')) },
      "The result of onSuccess in stage 'Build' must be FAIL or ROLLBACK",
    ],
    [
      'success: RETRY',
      { onSuccess: one('RETRY', always) },
      "The result of onSuccess in stage 'Build' must be FAIL or ROLLBACK",
    ],
    [
      'failure: FAIL',
      { onFailure: { result: 'FAIL' } },
      "The result of onFailure in stage 'Build' must be ROLLBACK or RETRY",
    ],
    [
      'failure: SKIP on a condition',
      { onFailure: one('SKIP', variable('a')) },
      "The result of onFailure in stage 'Build' must be ROLLBACK or RETRY",
    ],
    ['failure: neither', { onFailure: {} }, "Stage 'Build' has an onFailure with neither a result nor conditions"],
    [
      'failure: a result and conditions',
      { onFailure: { result: 'ROLLBACK', ...one('ROLLBACK', always) } },
      "The following stage cannot have a failure exit gate configured with both top level result and conditions: 'Build'",
    ],
    [
      'a retry mode without RETRY',
      { onFailure: { result: 'ROLLBACK', retryConfiguration } },
      "Stage 'Build' can have a retryMode only with the result RETRY",
    ],
    [
      'SKIP by another rule',
      { beforeEntry: one('SKIP', variable('a'), always) },
      "Rule 'DeploymentWindow' in the beforeEntry condition of stage 'Build' cannot have the result SKIP: only the rules LambdaInvoke and VariableCheck can",
    ],
  ])('not %s', (_name, gates, message) => {
    expect(check({ Build: gates })).toEqual(refused(message));
  });

  test('SKIP with LambdaInvoke', () => {
    expect(check({ Build: { beforeEntry: one('SKIP', rule('LambdaInvoke', { FunctionName: 'f' })) } })).toBeUndefined();
  });
});

describe('rollback (behaviour B.3)', () => {
  test.each<[string, Gates, string]>([
    ['onSuccess', { onSuccess: one('ROLLBACK', always) }, 'Success'],
    ['onFailure', { onFailure: { result: 'ROLLBACK' } }, 'Failure'],
    ['a condition of onFailure', { onFailure: one('ROLLBACK', always) }, 'Failure'],
  ])('by %s is refused in PARALLEL pipelines and in the first stage', (_name, gates, kind) => {
    expect(check({ Build: gates }, { executionMode: 'PARALLEL' })).toEqual(
      refused(`${kind} conditions with rollback result type cannot be added to a PARALLEL pipeline.`),
    );
    expect(check({ Source: gates })).toEqual(
      refused(`The result of on${kind} in stage 'Source' cannot be ROLLBACK: the first stage cannot be rolled back`),
    );
    expect(check({ Build: gates })).toBeUndefined();
  });

  test('other results are allowed in both', () => {
    const gates: Gates = { onFailure: { result: 'RETRY', retryConfiguration }, onSuccess: one('FAIL', always) };
    expect(check({ Source: gates, Build: gates }, { executionMode: 'PARALLEL' })).toBeUndefined();
  });
});

describe('each rule (behaviour B.1, B.3, C.8)', () => {
  const entry = (...rules: RuleDeclaration[]) => check({ Build: { beforeEntry: one('FAIL', ...rules) } });
  const place = "the beforeEntry condition of stage 'Build'";

  test.each<[string, RuleDeclaration[], string]>([
    ['at least one', [], `There are no rules in ${place}`],
    [
      'its name is unique',
      [always, variable('a', { name: always.name })],
      `Rule name 'DeploymentWindow' is used more than once in ${place}`,
    ],
    [
      'its type is known',
      [rule('Horoscope', {})],
      "RuleType (Category: 'Rule', Provider: 'Horoscope', Owner: 'AWS', Version: '1') in rule 'Horoscope' is not available in region 'US_EAST_1'",
    ],
    [
      'the version is part of the type',
      [{ ...always, ruleTypeId: { ...always.ruleTypeId, version: '2' } }],
      "RuleType (Category: 'Rule', Provider: 'DeploymentWindow', Owner: 'AWS', Version: '2') in rule 'DeploymentWindow' is not available in region 'US_EAST_1'",
    ],
    [
      'required configuration exists',
      [rule('VariableCheck', { Variable: 'a', Value: 'a' })],
      "Rule configuration for rule 'VariableCheck' is missing required configuration 'Operator'",
    ],
    [
      'required configuration exists even if there is none',
      [{ ...always, configuration: undefined }],
      "Rule configuration for rule 'DeploymentWindow' is missing required configuration 'Cron'",
    ],
    [
      'no unknown configuration',
      [rule('DeploymentWindow', { Cron: '* * * * * ?', Zone: 'UTC' })],
      "Rule configuration for rule 'DeploymentWindow' contains unknown configuration 'Zone'",
    ],
    [
      'no more input artifacts than its type takes',
      [{ ...always, inputArtifacts: [{ name: 'Code' }] }],
      'Rule DeploymentWindow declares 1 input artifacts which is more than the maximum count (0)',
    ],
    [
      'commands if its type reads them',
      [commands({ commands: [] })],
      'Rule Commands must have a non-empty commands field',
    ],
    [
      'commands only if its type reads them',
      [{ ...always, commands: ['make'] }],
      "Rule 'DeploymentWindow' cannot have commands: its rule type does not use them.",
    ],
  ])('%s', (_name, rules, message) => {
    expect(entry(...rules)).toEqual(refused(message));
  });

  test('owner and version are optional', () => {
    expect(entry({ ...always, ruleTypeId: { category: 'Rule', provider: 'DeploymentWindow' } })).toBeUndefined();
  });

  test('a name may be used in two conditions', () => {
    expect(check({ Build: { beforeEntry: one('FAIL', always), onSuccess: one('FAIL', always) } })).toBeUndefined();
  });
});

describe('what a rule can use (behaviour B.2, C.9)', () => {
  const takes = (name: string) => commands({ inputArtifacts: [{ name }] });
  const notProduced = (name: string) =>
    refused(`Rule 'Commands' in stage 'Build' takes the input artifact '${name}', which no earlier action produces.`);
  const unknownNamespace = (reference: string) =>
    refused(
      `Valid format for a pipeline execution variable reference is a namespace and a key separated by a period (.). The following pipeline execution variables are referencing a namespace that does not exist.\nStageName=[Build], RuleName=[VariableCheck], RuleConfigurationKey=[Variable], VariableReferenceText=[${reference}]`,
    );
  const inEntry = (used: RuleDeclaration) => check({ Build: { beforeEntry: one('FAIL', used) } });
  const inExits = (used: RuleDeclaration) => [
    check({ Build: { onSuccess: one('FAIL', used) } }),
    check({ Build: { onFailure: one('ROLLBACK', used) } }),
  ];

  test('before entry: outputs of earlier stages', () => {
    expect(inEntry(takes('Code'))).toBeUndefined();
    expect(inEntry(takes('Package'))).toEqual(notProduced('Package'));
    expect(inEntry(variable('#{Src.Branch}'))).toBeUndefined();
    expect(inEntry(variable('#{Made.Tag}'))).toEqual(unknownNamespace('Made.Tag'));
  });

  test("on success and on failure: also outputs of the stage's own actions", () => {
    expect(inExits(takes('Package'))).toEqual([undefined, undefined]);
    expect(inExits(takes('Receipt'))).toEqual([notProduced('Receipt'), notProduced('Receipt')]);
    expect(inExits(variable('#{Src.Branch} #{Made.Tag} #{codepipeline.PipelineExecutionId}'))).toEqual([
      undefined,
      undefined,
    ]);
    expect(inExits(variable('#{Sent.Id}'))).toEqual([unknownNamespace('Sent.Id'), unknownNamespace('Sent.Id')]);
  });

  test('declared pipeline variables', () => {
    const gates = (key: string): Gates => ({ beforeEntry: one('FAIL', variable(`#{variables.${key}}`)) });
    const variables = [{ name: 'Known' }];
    expect(check({ Build: gates('Known'), Source: gates('Known') }, { variables })).toBeUndefined();
    expect(check({ Build: gates('Other') }, { variables })).toEqual({
      refuse: 'InvalidStructureException',
      message:
        "The referenced variables haven't been declared.\nStageName=[Build], RuleName=[VariableCheck], RuleConfigurationKey=[Variable], VariableReferenceText=[variables.Other]",
    });
  });
});

import { describe, expect, test } from 'vitest';
import { createHarness } from '../../../test/support/engine/harness.ts';
import { condition, gated, rule, ruleTimeoutMs, uncheckedType } from '../../../test/support/pipelines/conditions.ts';
import { action, declare, roleArn, source, stage } from '../../../test/support/pipelines/declarations.ts';
import type { RuleDeclaration } from '../../contract/generated.ts';

/** Sets up an execution at the entry of `Deploy`, which has this rule; `Compile` has output `Package` and `Tag`. */
function atRule(declared: RuleDeclaration) {
  const build = stage('Build', action('Compile', { inputs: ['Code'], outputs: ['Package'], namespace: 'Bld' }));
  const deploy = gated(stage('Deploy', action('Ship')), { beforeEntry: condition('FAIL', declared) });
  const harness = createHarness(declare([stage('Source', source()), build, deploy]));
  const id = harness.start();
  harness.succeed(id, 'Fetch');
  harness.succeed(id, 'Compile', { outputVariables: { Tag: 'v1' } });
  return { harness, id, execution: harness.action(id, declared.name) };
}

describe('a rule', () => {
  test('is a job of the category Rule in the queue of all accounts', () => {
    const { harness, id, execution } = atRule(rule('Check'));
    expect(execution.start.actionTypeId).toEqual({
      category: 'Rule',
      owner: 'AWS',
      provider: 'VariableCheck',
      version: '1',
    });
    expect(harness.job(id, 'Check')).toMatchObject({
      status: 'Queued',
      queue: 'Rule/AWS/VariableCheck/1',
      deadlineAt: harness.clock.at + ruleTimeoutMs,
    });
  });

  test('has its resolved configuration, its artifacts, and its declared role, region and commands', () => {
    const { execution } = atRule(
      rule('Check', {
        configuration: { Variable: '#{Bld.Tag}', Value: 'v1' },
        inputArtifacts: [{ name: 'Package' }],
        roleArn: 'arn:aws:iam::123456789012:role/Rules',
        region: 'eu-west-1',
        commands: ['make check'],
      }),
    );
    expect(execution.start).toMatchObject({
      configuration: { Variable: '#{Bld.Tag}', Value: 'v1' },
      resolvedConfiguration: { Variable: 'v1', Value: 'v1' },
      inputArtifacts: [{ name: 'Package', bucketName: 'artifacts' }],
      outputArtifacts: [],
      roleArn: 'arn:aws:iam::123456789012:role/Rules',
      region: 'eu-west-1',
      compute: { commands: ['make check'] },
    });
  });

  test("uses the pipeline's role if it declares none", () => {
    expect(atRule(rule('Check')).execution.start.roleArn).toBe(roleArn);
  });

  test('times out after its declared minutes', () => {
    const { harness, id } = atRule(rule('Check', { timeoutInMinutes: 5 }));
    expect(harness.job(id, 'Check').deadlineAt).toBe(harness.clock.at + 5 * 60_000);
  });

  test('can have continuations', () => {
    const { harness, id } = atRule(rule('Check'));
    harness.succeed(id, 'Check', { continuationToken: 'later' });
    expect(harness.check(id, 'Deploy', 'beforeEntry').status).toBe('InProgress');
    harness.succeed(id, 'Check');
    expect(harness.action(id, 'Ship').status).toBe('InProgress');
  });

  test.each([
    [
      'of a type that does not exist',
      rule('Check', { ruleTypeId: { category: 'Rule', provider: 'Oracle' } }),
      "RuleType (Provider: 'Oracle', Version: '1') is not available",
    ],
    [
      'without a provider',
      rule('Check', { type: uncheckedType }),
      "This server cannot check rules of RuleType (Provider: 'CloudWatchAlarm', Version: '1')",
    ],
    [
      'with an unknown variable',
      rule('Check', { configuration: { Variable: '#{Bld.Branch}' } }),
      'The following variables could not be resolved: #{Bld.Branch}',
    ],
    [
      'without its input artifact',
      rule('Check', { inputArtifacts: [{ name: 'Report' }] }),
      'The following input artifacts have not been produced: Report',
    ],
  ])('%s fails when it starts', (_name, declared, message) => {
    const { harness, id, execution } = atRule(declared);
    expect(execution).toMatchObject({ status: 'Failed', error: { code: 'ConfigurationError', message } });
    expect(harness.check(id, 'Deploy', 'beforeEntry')).toMatchObject({
      status: 'Failed',
      summary: `The rule 'Check' failed: ${message}`,
    });
    expect(harness.execution(id).status).toBe('Failed');
  });
});

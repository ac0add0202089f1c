import { describe, expect, test } from 'vitest';
import { createHarness } from '../../../test/support/engine/harness.ts';
import {
  action,
  actionType,
  declare,
  source,
  sourceType,
  stage,
} from '../../../test/support/pipelines/declarations.ts';
import type { StoredAction } from '../../model/pipeline.ts';

const shell = actionType({ category: 'Compute', owner: 'AWS', provider: 'Shell' });

/** Starts an action with these members behind a source whose namespace is `Src`. */
function start(members: Partial<StoredAction>, fetched: Record<string, string> = { Tag: 'v1' }) {
  const run = { ...action('Run', { type: shell, inputs: ['Code'] }), ...members };
  const harness = createHarness(declare([stage('Source', source('Fetch', { namespace: 'Src' })), stage('Run', run)]), {
    types: [sourceType, shell],
  });
  const id = harness.start();
  harness.succeed(id, 'Fetch', { outputVariables: fetched });
  return harness.action(id, 'Run');
}

describe('what an action runs', () => {
  test('has the references in commands and environment variables replaced', () => {
    const { start: started } = start({
      commands: ['make #{Src.Tag}', 'make check'],
      environmentVariables: [
        { name: 'TAG', value: 'tag-#{Src.Tag}' },
        { name: 'TOKEN', value: 'npm:token', type: 'SECRETS_MANAGER' },
      ],
      outputVariables: ['DIGEST'],
      outputArtifacts: [{ name: 'Out', files: ['dist/**'] }],
    });
    expect(started.compute).toEqual({
      commands: ['make v1', 'make check'],
      environmentVariables: [
        { name: 'TAG', value: 'tag-v1' },
        { name: 'TOKEN', value: 'npm:token', type: 'SECRETS_MANAGER' },
      ],
      outputVariables: ['DIGEST'],
      files: ['dist/**'],
    });
  });

  test('keeps what looks like a reference but names no namespace of the pipeline', () => {
    const { start: started } = start({ commands: [`ruby -e 'puts "#{name.upcase}"'`] });
    expect(started.compute?.commands).toEqual([`ruby -e 'puts "#{name.upcase}"'`]);
  });

  test('fails the action if a variable is missing', () => {
    expect(start({ commands: ['echo #{Src.Tagg}'] })).toMatchObject({
      status: 'Failed',
      error: { code: 'ConfigurationError', message: 'The following variables could not be resolved: #{Src.Tagg}' },
    });
  });

  test('is limited as a configuration is', () => {
    const long = 'x'.repeat(60_000);
    const { error } = start({ commands: ['echo #{Src.Long} #{Src.Long}'] }, { Long: long });
    expect(error?.message).toContain('larger than 102400 characters');
  });

  test('is nothing for an action without commands', () => {
    expect(start({}).start.compute).toBeUndefined();
  });
});
